using System.Collections.Concurrent;
using Millrace.Checking;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>Effects with steps in processes that do nothing so often as die.</summary>
public sealed class StepCrashTests
{
    private const int Crashes = 2_000;

    [Fact]
    public void However_often_processes_die_no_recorded_step_runs_again()
    {
        var failures = new ConcurrentQueue<string>();
        int seed = -1, crashes = 0, again = 0, given = 0;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            while (failures.IsEmpty && Volatile.Read(ref crashes) < Crashes)
            {
                var own = Interlocked.Increment(ref seed);
                var world = new SimulatedWorld(own, faults: new Faults { Crash = 0.02, CrashInWrite = 0.02, ReadYields = 0.3 });
                world.Run();
                var evidence = world.Evidence();
                foreach (var violation in Checker.Check(evidence).Take(5))
                    failures.Enqueue($"Seed {own}: {violation}");
                Interlocked.Add(ref crashes, world.Crashes);
                Interlocked.Add(ref again, Repeated(evidence.Steps));
                Interlocked.Add(ref given, Repeated(evidence.StepsSeen.Select(seen => seen.Step)));
            }
        });
        Assert.Empty(failures);
        // It shows something: steps were cut off and ran again, and others were given back.
        Assert.True(again > 50, $"Only {again} steps ran again.");
        Assert.True(given > 50, $"Only {given} results were given back.");
    }

    private static int Repeated(IEnumerable<StepStart> steps) => steps.GroupBy(step => (step.ExecutionId, step.NodeId, step.Iteration, step.Number)).Sum(same => same.Count() - 1);
}

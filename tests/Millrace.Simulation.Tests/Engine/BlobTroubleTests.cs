using System.Collections.Concurrent;
using Millrace.Checking;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>Worlds in which nothing goes wrong but that blobs often cannot be written or read.</summary>
public sealed class BlobTroubleTests
{
    private const int Worlds = 400;

    [Fact]
    public void However_often_blobs_fail_no_body_that_has_ended_runs_again()
    {
        var failures = new ConcurrentQueue<string>();
        int seed = -1, shown = 0;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            for (var own = Interlocked.Increment(ref seed); own < Worlds && failures.IsEmpty; own = Interlocked.Increment(ref seed))
            {
                var world = new SimulatedWorld(own, faults: new Faults { BlobFails = 0.4, ReadYields = 0.3, Lag = 0.02 });
                world.Run();
                var evidence = world.Evidence();
                foreach (var violation in Checker.Check(evidence).Take(5))
                    failures.Enqueue($"Seed {own}: {violation}");
                // A message that came too late for a commit is known to have its execution folded again.
                if (world.Blobs is not { Puts: > 0 } || world.History.Refused > 0)
                    continue;
                Interlocked.Increment(ref shown);
                foreach (var body in evidence.Bodies.GroupBy(body => (body.Key, body.Attempt)).Where(same => same.Count() > 1))
                    failures.Enqueue($"Seed {own}: attempt {body.Key.Attempt} of {body.Key.Key} began {body.Count()} times.");
            }
        });
        Assert.Empty(failures);
        Assert.True(shown > Worlds / 10, $"Only {shown} worlds had blobs and refused nothing.");
    }
}

using System.Globalization;
using Millrace.Checking;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The real engine in random worlds with random faults, judged by the checker.</summary>
public sealed class EngineTests
{
    private const int UsualSeeds = 300;
    private static readonly int First = Setting("MILLRACE_SIMULATION_ENGINE_FIRST", 0);
    private static readonly int Seeds = Setting("MILLRACE_SIMULATION_ENGINE_SEEDS", UsualSeeds);

    [Fact]
    public void Whatever_goes_wrong_the_engine_keeps_its_promises()
    {
        var failures = new SortedDictionary<int, string>();
        Parallel.For(First, First + Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, loop) =>
        {
            if (Failure(seed) is not { } failure)
                return;
            lock (failures)
                failures.Add(seed, failure);
            if (failures.Count >= Setting("MOST", 3))
                loop.Stop();
        });
        if (failures.Count > 0)
        {
            Console.Error.WriteLine(string.Join('\n', failures.Select(f => $"{f.Key} {f.Value.Split('\n')[0]}")));
            Assert.Fail(Explain(failures.First().Key, failures.First().Value));
        }
    }

    private static string? Failure(int seed)
    {
        try
        {
            var world = new SimulatedWorld(seed, keepsLines: Environment.GetEnvironmentVariable("LIVE") is not null);
            var violations = Checker.Check(world.Run());
            if (violations.Count > 0)
                return string.Join('\n', violations.Take(10));
            if (seed % 10 > 0)
                return null;
            var again = new SimulatedWorld(seed);
            again.Run();
            return again.Trace.Hash == world.Trace.Hash ? null : "it does not repeat itself: the second run has another trace.";
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.ToString();
        }
    }

    private static string Explain(int seed, string failure)
    {
        var path = Path.Combine(Path.GetTempPath(), $"millrace-simulation-{seed}.log");
        var world = new SimulatedWorld(seed, keepsLines: true);
        try
        {
            world.Run();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            world.Trace.Note(e.Message);
        }
        File.WriteAllLines(path, world.Trace.Lines);
        return $"""
            Seed {seed}: {failure}
            What happened: {path}
            Again: MILLRACE_SIMULATION_ENGINE_FIRST={seed} MILLRACE_SIMULATION_ENGINE_SEEDS=1
            """;
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}

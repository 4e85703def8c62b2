using System.Diagnostics;

namespace Millrace.Bench.Peers;

/// <summary>W3: how fast 10,000 executions fall asleep for an hour, and what they cost while they sleep.</summary>
internal static class Sleepers
{
    private const string Name = "W3 10,000 sleepers";
    private const int Count = 10_000;
    // As Throughput: what is measured is not the compiler.
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(10);

    public static void Run(Comparison comparison, Contender system)
    {
        if (system.Request(Workload.Sleeper) is not { } request)
            return;
        system.Kill();
        var disk = system.Disk();
        system.Start();
        var load = request.Load();
        var before = load.Run(64, Warmup).Count;
        WaitUntilAsleep(system, before);
        var memory = system.Memory();
        var written = system.Written();
        var clock = Stopwatch.StartNew();
        load.Run(64, Count);
        WaitUntilAsleep(system, Count);
        comparison.Add($"{Name}: starts/s until all sleep", system.Name, Count / clock.Elapsed.TotalSeconds);
        comparison.Add($"{Name}: memory before, MB", system.Name, memory / 1e6);
        comparison.Add($"{Name}: memory after, MB", system.Name, system.Memory() / 1e6);
        Thread.Sleep(Later);
        comparison.Add($"{Name}: memory 10 s later, MB", system.Name, system.Memory() / 1e6);
        comparison.Add($"{Name}: written to disk each, B", system.Name, (double)(system.Written() - written) / Count);
        system.Kill();
        comparison.Add($"{Name}: kept on disk each, B", system.Name, (double)(system.Disk() - disk) / (Count + before));
    }

    private static void WaitUntilAsleep(Contender system, int count)
    {
        for (var clock = Stopwatch.StartNew(); !system.AreAsleep(count); Thread.Sleep(5))
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(2))
                throw new InvalidOperationException($"{system.Name}: not all of {count} sleepers fell asleep.");
        }
    }
}

using System.Diagnostics;

namespace Millrace.Bench.Peers;

/// <summary>W4: 2,000 executions of an effect, two seconds of sleep and an effect; kill -9 right after the last was acknowledged.</summary>
internal static class Crash
{
    private const string Name = "W4 2,000 in flight, kill -9";
    private const int Count = 2_000;
    private const int Warmup = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static void Run(Comparison comparison, Contender system, Witness witness)
    {
        if (system.Request(Workload.Flight) is not { } request)
            return;
        var load = request.Load();
        load.Run(64, Warmup);
        UntilSeen(witness, Warmup);
        witness.Forget();

        load.Run(64, Count);
        system.Kill();
        var clock = Stopwatch.StartNew();
        system.Restart();
        UntilSeen(witness, Count);
        var elapsed = clock.Elapsed;
        comparison.Add($"{Name}: restart to all done, s", system.Name, elapsed.TotalSeconds, 2);
        comparison.Add($"{Name}: lost", system.Name, Count - witness.Seen("b"));
        var repeated = witness.Repeated();
        comparison.Add($"{Name}: steps that ran twice", system.Name, repeated.Count);
        system.Kill();
        if (system.InDoubt() is not { } inDoubt)
            return;
        comparison.Add($"{Name}: of them not listed as in doubt", system.Name, repeated.Count(key => !inDoubt.Contains(key)));
        comparison.Add($"{Name}: listed as in doubt", system.Name, inDoubt.Count);
    }

    private static void UntilSeen(Witness witness, int count)
    {
        for (var clock = Stopwatch.StartNew(); witness.Seen("b") < count && clock.Elapsed < Patience;)
            Thread.Sleep(5);
    }
}

using System.Diagnostics;

namespace Millrace.Bench.Peers;

/// <summary>W1, W2 and W6: requests whose answer is the result, over and over.</summary>
/// <param name="Id">Which of them.</param>
/// <param name="Name">What the table calls it.</param>
/// <param name="Workload">What is asked.</param>
/// <param name="Connections">How many ask at once.</param>
internal sealed record Throughput(string Id, string Name, Workload Workload, int Connections)
{
    // Until the just-in-time compiler is done with a server that was started a moment ago: after three seconds, a chain costs Millrace
    // twice the processor time that it costs after eight. All systems get the same.
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(8);

    public static readonly IReadOnlyList<Throughput> All =
    [
        new("W1", "W1 chain of 5 durable effects, 64 at once", Workload.Chain, 64),
        new("W1", "W1 chain of 5 durable effects, 1 at once", Workload.Chain, 1),
        new("W2", "W2 fan-out of 100 durable effects, 4 at once", Workload.FanOut, 4),
        new("W2", "W2 the same as 100 nodes and a join, 4 at once", Workload.FanOutOfNodes, 4),
        new("W6", "W6 chain of 5 without effects, 64 at once", Workload.PureChain, 64),
    ];

    public void Run(Comparison comparison, Contender system, TimeSpan duration)
    {
        if (system.Request(Workload) is not { } request)
            return;
        var load = request.Load();
        load.Run(Connections, Warmup);
        var processor = system.ProcessorTime();
        var clock = Stopwatch.StartNew();
        var times = load.Run(Connections, duration);
        comparison.AddRequests(Name, system.Name, times, clock.Elapsed, system.ProcessorTime() - processor);
    }
}

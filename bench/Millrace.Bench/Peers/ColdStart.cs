namespace Millrace.Bench.Peers;

/// <summary>W5: from the start of a system that has its workflows to its first result, and the memory that it holds when idle.</summary>
internal static class ColdStart
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static void Run(Comparison comparison, Contender system)
    {
        system.Kill();
        comparison.Add("W5 cold start to the first result, s", system.Name, system.ColdStart().TotalSeconds, 2);
        Thread.Sleep(Settling);
        comparison.Add("W5 idle memory, MB", system.Name, system.Memory() / 1e6);
    }
}

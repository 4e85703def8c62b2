namespace Millrace.Destruction.Tests.Kills;

/// <summary>kill -9 at random moments, again and again: while the server starts, recovers and works.</summary>
public sealed class KillLoopTests
{
    private static readonly int Kills = Amount.Of("MILLRACE_KILLS", 150);
    private static readonly int Executions = Amount.Of("MILLRACE_KILL_EXECUTIONS", 5_000);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task After_any_number_of_kills_everything_is_as_it_must_be()
    {
        var random = new Random(Amount.Seed);
        var deaths = await Deaths.OfAsync(_ => Enumerable.Range(0, Kills).Select(_ => new Life(Longest * random.NextDouble()) { IsWork = random.Next(3) > 0 }), Executions);

        Assert.True(deaths.Repeated > deaths.Count / 4, $"Too few kills hit something: {deaths}.");
    }
}

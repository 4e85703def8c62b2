using Millrace.Destruction.Tests.Kills;
using Millrace.Engine.Runtime;

namespace Millrace.Destruction.Tests.CrashPoints;

/// <summary>The server ends itself at every moment around a commit or an effect, early and late in its life.</summary>
public sealed class CrashPointTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private static readonly int Rounds = Amount.Of("MILLRACE_CRASH_ROUNDS", 3);

    [Fact]
    public async Task A_crash_at_any_moment_around_a_commit_or_an_effect_leaves_everything_as_it_must_be()
    {
        var random = new Random(Amount.Seed);
        var lives = Enumerable.Range(0, Rounds)
            .SelectMany(round => Enum.GetValues<CrashPoint>().Select(point => (Point: point, Times: round == 0 ? 1 : 1 + random.Next(10 << Math.Min(round, 4)))))
            .Select(one => new Life(Longest, [("MILLRACE_CRASH_AT", $"{one.Point}:{one.Times}")]));

        var deaths = await Deaths.OfAsync(_ => lives, executions: 0);

        Assert.Equal(Rounds * Enum.GetValues<CrashPoint>().Length, deaths.Count);
    }
}

using Millrace.Simulation.Tests.Simulation;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests;

/// <summary>Every construct alone, and nested in every other one.</summary>
public sealed class PairTests
{
    private const int Worlds = 6;

    public static TheoryData<string> Alone() => [.. Constructs.Inner.Keys];

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        foreach (var outer in Constructs.Outer)
        {
            foreach (var inner in Constructs.Inner.Keys)
                pairs.Add(outer, inner);
        }
        return pairs;
    }

    [Theory]
    [MemberData(nameof(Alone))]
    public void A_construct_alone(string name) => Run(Constructs.Inner[name].ToPlan(), Verdict.Compared);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_construct_in_another(string outer, string inner) => Run(Constructs.Around(outer, Constructs.Inner[inner], "o").ToPlan(), VerdictOf(outer, inner));

    private static Verdict VerdictOf(string outer, string inner) => (outer, inner) switch
    {
        // Nothing comes out of it, so that the join's two never meet.
        ("join of two", "fail" or "stop") => Verdict.Refused,
        // Which of the items' values stands is up to who is first.
        ("forEach, several at once" or "forEach that collects", "variable") => Verdict.Undetermined,
        _ => Verdict.Compared,
    };

    private static void Run(Plan plan, Verdict expected)
    {
        var verdicts = new HashSet<Verdict>();
        for (var seed = 0; seed < Worlds; seed++)
        {
            try
            {
                verdicts.Add(Simulate.Run(plan, PlanGenerator.InputOf(seed), seed));
            }
            catch (Exception failure)
            {
                Assert.Fail($"World {seed}: {failure.Message}\n{PlanDocument.Of(plan)}\n{failure.StackTrace}");
            }
        }
        Assert.Contains(expected, verdicts);
    }
}

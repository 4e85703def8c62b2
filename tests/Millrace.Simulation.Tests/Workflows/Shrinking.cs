using System.Diagnostics;

namespace Millrace.Simulation.Tests.Workflows;

/// <summary>Makes a plan smaller for as long as it still shows the same.</summary>
internal static class Shrinking
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public static Plan Smallest(Plan plan, Func<Plan, bool> shows)
    {
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < Longest)
        {
            Plan? smaller = null;
            foreach (var candidate in Smaller(plan).TakeWhile(_ => Stopwatch.GetElapsedTime(begin) < Longest))
            {
                if (!shows(candidate))
                    continue;
                smaller = candidate;
                break;
            }
            if (smaller is null)
                break;
            plan = smaller;
        }
        return plan;
    }

    private static IEnumerable<Plan> Smaller(Plan plan)
    {
        foreach (var node in plan.Nodes.Where(node => node != PlanNode.Start))
            yield return Without(plan, node);
        foreach (var edge in plan.Edges)
            yield return plan with { Edges = plan.Edges.Remove(edge) };
        foreach (var edge in plan.Edges.Where(edge => edge.When is not null && edge.MaxIterations is null))
            yield return plan with { Edges = plan.Edges.Replace(edge, edge with { When = null }) };
        foreach (var node in plan.Nodes.Where(node => node != PlanNode.Start))
        {
            foreach (var simpler in Simpler(node))
                yield return plan with { Nodes = plan.Nodes.Replace(node, simpler) };
        }
    }

    private static Plan Without(Plan plan, PlanNode node) => new(
        [.. plan.Nodes.Where(other => other != node).Select(other => other.GotoTarget == node.Id ? other with { OnError = null } : other)],
        [.. plan.Edges.Where(edge => edge.Source != node.Id && edge.Target != node.Id)]);

    private static IEnumerable<PlanNode> Simpler(PlanNode node)
    {
        PlanNode[] candidates =
        [
            node with { Gates = [] },
            node with { Disabled = false },
            node with { OnError = null },
            node with { Attempts = 1, RetriesEverything = false },
            node with { HasCompensation = false },
            node with { InDoubt = null },
            node with { Filter = null },
            node with { CancelsOthers = false },
            node with { Required = null, CancelsOthers = false },
            node with { Concurrency = 1 },
            node with { FailPercent = 0 },
            node with { Expression = node.Type is "noop" or "subworkflow" or "output" ? null : node.Type == "transform" ? "1" : node.Expression },
            new PlanNode(node.Id, "noop") { FailPercent = node.FailPercent, OnError = node.OnError },
        ];
        foreach (var candidate in candidates.Where(candidate => candidate != node))
            yield return candidate;
        if (node.Body is not { } body)
            yield break;
        foreach (var smaller in Smaller(body).Where(smaller => !smaller.Nodes.IsEmpty))
            yield return node with { Body = smaller };
    }
}

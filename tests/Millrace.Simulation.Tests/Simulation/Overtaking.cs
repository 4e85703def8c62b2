using Millrace.Core.Executions;
using Millrace.Simulation.Tests.Interpretation;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Simulation;

/// <summary>Sees that where a join cancels others, nothing more happens on the ways to it once it has gone on.</summary>
internal static class Overtaking
{
    public static void Check(IReadOnlyList<ExecutionEvent> journal, Plan plan)
    {
        var branches = new Dictionary<string, HashSet<string>>();
        Note(Region.Of(plan), branches);
        if (branches.Count == 0)
            return;
        var overtaken = new List<(string Join, string Iteration)>();
        foreach (var e in journal.OfType<NodeEvent>())
        {
            foreach (var (join, iteration) in overtaken)
            {
                var isLate = branches[join].Contains(e.Node.Id) && (iteration.Length == 0 || e.Iteration == iteration || e.Iteration.StartsWith(iteration + ".", StringComparison.Ordinal));
                Assert.True(!isLate || e is NodeSkipped { Reason: SkipReason.Overtaken }, $"'{e.Node.Id}' in '{e.Iteration}' went on after '{join}' had cancelled it: {e.GetType().Name}.");
            }
            if (branches.ContainsKey(e.Node.Id) && (e is NodeCompleted or NodeSkipped { Reason: SkipReason.Condition or SkipReason.Disabled }))
                overtaken.Add((e.Node.Id, e.Iteration));
        }
    }

    private static void Note(Region region, Dictionary<string, HashSet<string>> branches)
    {
        foreach (var member in region.Members)
        {
            if (member.Loop is { } loop)
                Note(loop, branches);
            else if (member.Entry.Body is { } body)
                Note(Region.Of(body), branches);
            else if (member.Entry.CancelsOthers)
                branches[member.Entry.Id] = [.. Order.Branches(region, member).SelectMany(branch => branch.Nodes).SelectMany(node => node.Body is { } inner ? inner.AllNodes().Append(node) : [node]).Select(node => node.Id)];
        }
    }
}

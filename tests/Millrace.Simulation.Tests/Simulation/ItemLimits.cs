using Millrace.Core.Executions;
using Millrace.Simulation.Tests.Interpretation;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Simulation;

/// <summary>Sees that no forEach has more items under way than it may.</summary>
internal sealed class ItemLimits
{
    private readonly Dictionary<string, List<(PlanNode Each, int Depth)>> _around = [];

    public ItemLimits(Plan plan) => Note(Region.Of(plan), depth: 0, []);

    public void Check(ExecutionState state)
    {
        if (_around.Count == 0)
            return;
        var under = new Dictionary<(PlanNode Each, string Path), HashSet<string>>();
        foreach (var run in state.Runs().Where(run => run.IsActive && _around.ContainsKey(run.Node.Id)))
        {
            var path = run.Iteration.Split('.');
            foreach (var (each, depth) in _around[run.Node.Id])
            {
                var key = (each, string.Join('.', path.Take(depth)));
                var items = under.TryGetValue(key, out var known) ? known : under[key] = [];
                items.Add(path[depth]);
                Assert.True(items.Count <= each.Concurrency, $"'{each.Id}' has {items.Count} items under way, and may have {each.Concurrency}.");
            }
        }
    }

    // A path has a number for each loop and each body around.
    private void Note(Region region, int depth, List<(PlanNode Each, int Depth)> around)
    {
        foreach (var member in region.Members)
        {
            if (around.Count > 0)
                _around[member.Entry.Id] = around;
            if (member.Loop is { } loop)
                Note(loop, depth + 1, around);
            else if (member.Entry.Body is { } body)
                Note(Region.Of(body), depth + 1, member.Entry.Type == "forEach" ? [.. around, (member.Entry, depth)] : around);
        }
    }
}

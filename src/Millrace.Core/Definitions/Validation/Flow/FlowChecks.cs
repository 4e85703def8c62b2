namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>Joins that never get what they need, loops that never end, and nodes that never run.</summary>
internal static class FlowChecks
{
    public static void Run(Checking checking)
    {
        if (checking.Flow is not { } flow)
            return;
        foreach (var join in flow.Conditions.Joins.OrderBy(join => join.Key))
            Join(checking, flow, join.Key, join.Value.Count);
        foreach (var loop in flow.Graph.Loops.Where(flow.Conditions.IsEndless))
            Endless(checking, flow, loop);
        foreach (var node in flow.Graph.Order.Where(node => flow.Conditions.Runs(node) == DecisionDiagrams.Never))
        {
            if (flow.Graph.Incoming(node).Any(edge => flow.Conditions.Runs(edge.Source) != DecisionDiagrams.Never))
                Unreached(checking, flow, node);
        }
    }

    private static void Join(Checking checking, FlowAnalysis flow, int join, int count)
    {
        var incoming = flow.Graph.Incoming(join).ToArray();
        var some = flow.Conditions.Arrivals(join, 1);
        if (incoming.Length == 0 || some is DecisionDiagrams.Never or DecisionDiagrams.Unknown)
            return;
        var enough = flow.Conditions.Arrivals(join, count);
        var tooFew = flow.Conditions.Usual(flow.Conditions.Without(some, enough));
        if (enough is DecisionDiagrams.Unknown
            || (enough is not DecisionDiagrams.Never && tooFew is DecisionDiagrams.Never or DecisionDiagrams.Unknown))
            return;
        var example = flow.Conditions.Example(enough is DecisionDiagrams.Never ? Most(flow, join, count - 1) : tooFew);
        var path = example.PathTo(join);
        var id = flow.Graph.Nodes[join].Id;
        var came = string.Join(", ", incoming.Where(example.Arrives).Select(edge => $"'{flow.Graph.Nodes[edge.Source].Id}'"));
        var place = checking.FieldAt(checking.ConfigAt(flow.Graph.Nodes[join]), "count");
        if (enough is DecisionDiagrams.Never)
            checking.Error(
                place,
                "too_few_branches",
                $"The join '{id}' needs {count} branches, but never gets that many: of the {incoming.Length} that lead to it, no more "
                    + $"than {came} arrive together, for example on the path {FlowAnalysis.Show(path)}.",
                path);
        else
            checking.Warn(
                place,
                "too_few_branches",
                $"The join '{id}' needs {count} branches and fails if fewer arrive: on the path {FlowAnalysis.Show(path)} only {came} do.",
                path);
    }

    // As many as can arrive.
    private static int Most(FlowAnalysis flow, int join, int count)
    {
        var most = flow.Conditions.Arrivals(join, 1);
        for (var more = 2; more <= count; more++)
        {
            var arrivals = flow.Conditions.Arrivals(join, more);
            if (arrivals is DecisionDiagrams.Never or DecisionDiagrams.Unknown)
                break;
            most = arrivals;
        }
        return most;
    }

    private static void Endless(Checking checking, FlowAnalysis flow, FlowLoop loop)
    {
        var header = flow.Graph.Nodes[loop.Header];
        var path = flow.Conditions.Example(flow.Conditions.Runs(loop.Header)).PathBack(loop);
        checking.Error(
            checking.At(header),
            "endless_loop",
            $"The loop that begins at '{header.Id}' never ends: every iteration leads back on the path {FlowAnalysis.Show(path)}. Let a "
                + "condition or a branch decide whether to repeat it.",
            path);
    }

    private static void Unreached(Checking checking, FlowAnalysis flow, int node)
    {
        var sources = flow.Graph.Incoming(node).Select(edge => $"'{flow.Graph.Nodes[edge.Source].Id}'").Distinct(StringComparer.Ordinal);
        var source = flow.Graph.Incoming(node).First(edge => flow.Conditions.Runs(edge.Source) != DecisionDiagrams.Never).Source;
        var runs = flow.Conditions.Runs(source);
        var path = flow.Conditions.Example(runs == DecisionDiagrams.Unknown ? DecisionDiagrams.Always : runs).PathTo(source);
        checking.Warn(
            checking.At(flow.Graph.Nodes[node]),
            "unreachable_node",
            $"'{flow.Graph.Nodes[node].Id}' never runs: {string.Join(", ", sources)} never leads to it, not even on the path "
                + $"{FlowAnalysis.Show(path)}. Change the edges that lead to it, or remove it.",
            path);
    }
}

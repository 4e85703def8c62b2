using System.Collections.Immutable;

namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>What can be proved about the ways that executions take through a graph.</summary>
internal sealed class FlowAnalysis
{
    private const int MaxNamedSteps = 9;

    private readonly RunOrder? _order;

    private FlowAnalysis(Checking checking, FlowGraph graph)
    {
        Graph = graph;
        Conditions = new RunConditions(checking, graph);
        _order = RunOrder.Of(graph, Conditions.Joins);
    }

    /// <summary>Analyses a graph; null where it is not known well enough.</summary>
    public static FlowAnalysis? Of(Checking checking) => FlowGraph.Of(checking) is { } graph ? new FlowAnalysis(checking, graph) : null;

    public FlowGraph Graph { get; }

    public RunConditions Conditions { get; }

    /// <summary>What a node finds that looks at another: nothing to object to (null), or why the other has not run.</summary>
    public Sighting? Look(int looking, int at)
    {
        if (_order is null || looking == at || Conditions.Runs(looking) == DecisionDiagrams.Never)
            return null;
        if (_order.Surely(looking, at))
            return Later(looking, at);
        var seen = Conditions.Seen(looking, at);
        if (seen is { Both: DecisionDiagrams.Never, Alone: not DecisionDiagrams.Never })
            return Skipped(looking, at, seen.Value.Alone, isCertain: true);
        if (_order.Surely(at, looking))
        {
            var alone = seen is { } known ? Conditions.Plausible(known.Alone) : DecisionDiagrams.Unknown;
            return alone is DecisionDiagrams.Never or DecisionDiagrams.Unknown ? null : Skipped(looking, at, alone, isCertain: false);
        }
        return _order.Possibly(at, looking)
            ? new Sighting(
                "reference_not_before",
                false,
                $"'{Id(at)}' may not have run yet: a join between it and '{Id(looking)}' continues without waiting for every branch.",
                [])
            : new Sighting(
                "reference_not_before",
                false,
                $"'{Id(at)}' may not have run yet: no path leads from it to '{Id(looking)}'. Connect them.",
                []);
    }

    /// <summary>A path as text: "start -> check -(false)-> b".</summary>
    public static string Show(ImmutableArray<PathStep> path)
    {
        if (path.Length > MaxNamedSteps)
            return $"{Show(path[..(MaxNamedSteps / 2)])} -> ... -> {Show(path[^(MaxNamedSteps / 2)..])}";
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < path.Length; i++)
        {
            text.Append(path[i].Node);
            if (i < path.Length - 1)
                text.Append(path[i].Port is { } port ? $" -({port})-> " : " -> ");
        }
        return text.ToString();
    }

    private Sighting Later(int looking, int at)
    {
        var path = Forward(looking, at);
        return Graph.LoopsAround(looking).Intersect(Graph.LoopsAround(at)).Any()
            ? new(
                "reference_not_before",
                true,
                $"'{Id(at)}' has not run yet: it comes later in the same iteration of the loop, on the path {Show(path)}, and its output "
                    + "of an earlier iteration is not kept. Use 'data', or keep it in a variable.",
                path)
            : new("reference_not_before", true, $"'{Id(at)}' has not run yet: it comes later, on the path {Show(path)}.", path);
    }

    private Sighting Skipped(int looking, int at, int executions, bool isCertain)
    {
        var run = Conditions.Example(executions);
        var path = run.PathTo(looking, skipped: at);
        var turn = Graph.LoopsAround(at).Except(Graph.LoopsAround(looking)).Any() ? " in the last iteration of the loop" : "";
        var example = $"on the path {Show(path)} it is skipped{turn}, because {run.Reason(at)}";
        return isCertain
            ? new("reference_skipped", true, $"'{Id(at)}' never has an output when '{Id(looking)}' runs: {example}.", path)
            : new(
                "reference_skipped",
                false,
                $"'{Id(at)}' may have been skipped: {example}. Write '.?output.orValue(...)' instead of '.output', or check its status "
                    + "first.",
                path);
    }

    // The shortest way forward; it exists where one node is surely later.
    private ImmutableArray<PathStep> Forward(int from, int to)
    {
        var before = new Dictionary<int, FlowEdge?> { [from] = null };
        var open = new Queue<int>([from]);
        while (open.TryDequeue(out var node) && node != to)
        {
            foreach (var edge in Graph.Outgoing(node).Where(edge => edge.Back is null))
            {
                if (before.TryAdd(edge.Target, edge))
                    open.Enqueue(edge.Target);
            }
        }
        var path = new List<PathStep> { new(Id(to), null) };
        for (var edge = before.GetValueOrDefault(to); edge is not null; edge = before[edge.Source])
            path.Add(new(Id(edge.Source), edge.Port));
        path.Reverse();
        return [.. path];
    }

    private string Id(int node) => Graph.Nodes[node].Id;
}

/// <summary>Why a node that another looks at has not run.</summary>
/// <param name="Code">What it is reported as.</param>
/// <param name="IsCertain">Whether that is so whenever the other runs.</param>
/// <param name="Sentence">What happens, as a sentence.</param>
/// <param name="Path">A way on which it happens.</param>
internal sealed record Sighting(string Code, bool IsCertain, string Sentence, ImmutableArray<PathStep> Path);

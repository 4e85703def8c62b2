using System.Collections.Immutable;
using Millrace.Core.Graphs;

namespace Millrace.Core.Executions;

/// <summary>
/// One pass over a set of nodes: the whole graph, or one iteration of a loop's body. It knows which edges are decided and
/// which runs there are; a node runs at most once in a frame.
/// </summary>
internal sealed class Frame
{
    private readonly EdgeState[] _edges;
    private readonly int[] _undecided;
    private readonly int[] _taken;
    private readonly NodeRun?[] _runs;

    public Frame(CompiledGraph graph, string iteration)
    {
        Iteration = iteration;
        _edges = new EdgeState[graph.Edges.Length];
        _runs = new NodeRun?[graph.Nodes.Length];
        _taken = new int[graph.Nodes.Length];
        _undecided = new int[graph.Nodes.Length];
        foreach (var node in graph.Nodes)
            _undecided[node.Index] = node.Incoming.Length;
    }

    private enum EdgeState : byte
    {
        Undecided,
        Taken,
        Skipped,
    }

    public string Iteration { get; }

    public ReadOnlySpan<NodeRun?> Runs => _runs;

    public NodeRun? Run(GraphNode node) => _runs[node.Index];

    public NodeRun RunOrNew(GraphNode node) => _runs[node.Index] ??= new NodeRun(node, Iteration);

    public bool IsTaken(GraphEdge edge) => _edges[edge.Index] == EdgeState.Taken;

    /// <summary>Decides all edges that leave a node.</summary>
    public void DecideOutgoing(GraphNode node, ImmutableArray<int> skipped)
    {
        foreach (var edge in node.Outgoing)
            Decide(edge, taken: !skipped.Contains(edge.Index));
    }

    /// <summary>What a node's incoming edges allow now.</summary>
    public Readiness ReadinessOf(GraphNode node)
    {
        if (_runs[node.Index] is not null)
            return Readiness.Decided;
        var taken = _taken[node.Index];
        var undecided = _undecided[node.Index];
        if (node.Join?.Required is { } required)
        {
            if (taken >= required)
                return Readiness.Ready;
            return undecided > 0 ? Readiness.NotYet : taken == 0 ? Readiness.Unreachable : Readiness.TooFew;
        }
        if (undecided > 0)
            return Readiness.NotYet;
        return taken > 0 || node.Incoming.IsEmpty ? Readiness.Ready : Readiness.Unreachable;
    }

    public int TakenCount(GraphNode node) => _taken[node.Index];

    private void Decide(GraphEdge edge, bool taken)
    {
        if (_edges[edge.Index] != EdgeState.Undecided)
            throw new InvalidOperationException($"Edge '{edge.Id}' was decided twice.");
        _edges[edge.Index] = taken ? EdgeState.Taken : EdgeState.Skipped;
        _undecided[edge.Target.Index]--;
        if (taken)
            _taken[edge.Target.Index]++;
    }
}

/// <summary>What a node's incoming edges allow.</summary>
internal enum Readiness
{
    /// <summary>Some edge that it needs is undecided.</summary>
    NotYet,
    /// <summary>It can run.</summary>
    Ready,
    /// <summary>Every edge was skipped.</summary>
    Unreachable,
    /// <summary>A join of n got some, but fewer than n.</summary>
    TooFew,
    /// <summary>It ran, or was skipped, already.</summary>
    Decided,
}

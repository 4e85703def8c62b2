using System.Collections.Immutable;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>
/// One pass over a block: the whole graph, one turn of a loop, one item of a forEach. It knows which edges are decided and
/// which runs there are; a node runs at most once in a frame.
/// </summary>
internal sealed class Frame
{
    private readonly EdgeState[] _edges;
    private readonly int[] _undecided;
    private readonly int[] _taken;
    private readonly NodeRun?[] _runs;

    public Frame(GraphBlock block, string iteration, int number = 0, NodeRun? owner = null)
    {
        Block = block;
        Iteration = iteration;
        Number = number;
        Owner = owner;
        Open = block.Nodes.Length;
        _edges = new EdgeState[block.Edges.Length];
        _runs = new NodeRun?[block.Nodes.Length];
        _taken = new int[block.Nodes.Length];
        _undecided = new int[block.Nodes.Length];
        foreach (var node in block.Nodes)
            _undecided[node.Slot] = node.Incoming.Length;
    }

    internal enum EdgeState : byte
    {
        Undecided,
        Taken,
        Skipped,
    }

    public GraphBlock Block { get; }

    /// <summary>The iteration path: the numbers of this frame and those around it, such as "0.3.2"; empty for the whole graph.</summary>
    public string Iteration { get; }

    /// <summary>Which turn or item it is, from 0.</summary>
    public int Number { get; }

    /// <summary>The run of the node that this is a turn or item of; null for the whole graph and for compensations.</summary>
    public NodeRun? Owner { get; }

    /// <summary>The frame around it.</summary>
    public Frame? Parent => Owner?.Frame;

    /// <summary>Nodes that have not ended.</summary>
    public int Open { get; private set; }

    /// <summary>What came in at its beginning, for the nodes that nothing in it leads to.</summary>
    public ImmutableArray<Arrival> Entry { get; init; } = [];

    /// <summary>The same as `data`.</summary>
    public Value Data { get; init; }

    /// <summary>Whether no way led to its loop: everything in it is skipped.</summary>
    public bool IsDead { get; init; }

    public ReadOnlySpan<NodeRun?> Runs => _runs;

    public NodeRun? Run(GraphNode node) => _runs[node.Slot];

    public bool IsTaken(GraphEdge edge) => _edges[edge.Slot] == EdgeState.Taken;

    public bool IsDecided(GraphEdge edge) => _edges[edge.Slot] != EdgeState.Undecided;

    /// <summary>Whether a loop goes on: it has ended, and a way back was taken.</summary>
    public bool LeadsBack => Open == 0 && Block.Edges.Any(edge => edge.IsBack && IsTaken(edge));

    public void Add(NodeRun run) => _runs[run.Node.Slot] = run;

    /// <summary>Decides all edges that leave a node which has ended.</summary>
    /// <param name="node">The node.</param>
    /// <param name="skipped">Indexes of the edges that are not taken.</param>
    public void End(GraphNode node, ImmutableArray<int> skipped)
    {
        foreach (var edge in node.Outgoing)
            Decide(edge, taken: !skipped.Contains(edge.Index));
        Open--;
    }

    /// <summary>Ends a loop: its edges are those of its last turn.</summary>
    public void EndLoop(Frame last)
    {
        foreach (var edge in last.Block.Edges)
        {
            if (edge.Outer is { } outer)
                Decide(outer, last.IsTaken(edge));
        }
        Open--;
    }

    /// <summary>What a node's incoming edges allow now.</summary>
    public Readiness ReadinessOf(GraphNode node)
    {
        if (_runs[node.Slot] is { Status: not NodeStatus.Pending })
            return Readiness.Decided;
        if (node.Incoming.IsEmpty)
            return IsDead ? Readiness.Unreachable : Readiness.Ready;
        var taken = _taken[node.Slot];
        var undecided = _undecided[node.Slot];
        if (node.Join?.Required is { } required)
        {
            if (taken >= required)
                return Readiness.Ready;
            return undecided > 0 ? Readiness.NotYet : taken == 0 ? Readiness.Unreachable : Readiness.TooFew;
        }
        if (undecided > 0)
            return Readiness.NotYet;
        return taken > 0 ? Readiness.Ready : Readiness.Unreachable;
    }

    public int TakenCount(GraphNode node) => _taken[node.Slot];

    public void Decide(GraphEdge edge, bool taken)
    {
        if (_edges[edge.Slot] != EdgeState.Undecided)
            throw new InvalidOperationException($"Edge '{edge.Id}' was decided twice.");
        _edges[edge.Slot] = taken ? EdgeState.Taken : EdgeState.Skipped;
        if (edge.Target is not { } target || edge.IsBack)
            return;
        _undecided[target.Slot]--;
        if (taken)
            _taken[target.Slot]++;
    }

    /// <summary>Says that a node of a restored frame has ended; its edges are decided one by one.</summary>
    public void Restored() => Open--;
}

/// <summary>What a node's incoming edges allow.</summary>
internal enum Readiness
{
    /// <summary>Some edge that it needs is undecided.</summary>
    NotYet,
    /// <summary>All incoming edges are decided, and one was taken.</summary>
    Ready,
    /// <summary>Every edge was skipped.</summary>
    Unreachable,
    /// <summary>A join of n got some, but fewer than n.</summary>
    TooFew,
    /// <summary>It ran, or was skipped, already.</summary>
    Decided,
}

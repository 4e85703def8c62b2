using System.Collections.Immutable;
using Millrace.Core.Nodes;

namespace Millrace.Core.Graphs;

/// <summary>
/// A set of nodes that runs as one pass: the whole graph, one turn of a loop, one item of a forEach, one turn of a while. Blocks are
/// nested; a loop made by back edges is folded into one node of the block around it, so that every block is free of cycles.
/// </summary>
public sealed class GraphBlock
{
    internal GraphBlock(int index, BlockKind kind, GraphNode? owner)
    {
        Index = index;
        Kind = kind;
        Owner = owner;
        Depth = owner is null ? 0 : owner.Block.Depth + 1;
    }

    /// <summary>Its place among the graph's blocks; 0 is the whole graph.</summary>
    public int Index { get; }

    /// <summary>What the block is made of: the graph, a loop, or a body.</summary>
    public BlockKind Kind { get; }

    /// <summary>The node that runs it, in the block around it; null for the whole graph and for compensations.</summary>
    public GraphNode? Owner { get; }

    /// <summary>How many blocks are around it.</summary>
    public int Depth { get; }

    /// <summary>Its nodes, by slot. Loops count as one.</summary>
    public ImmutableArray<GraphNode> Nodes { get; internal set; } = [];

    /// <summary>The edges that leave its nodes, by slot: to one another, back to its header, and out of it.</summary>
    public ImmutableArray<GraphEdge> Edges { get; internal set; } = [];

    /// <summary>The nodes that nothing in it leads to; of a loop, its header alone.</summary>
    public ImmutableArray<GraphNode> Roots { get; internal set; } = [];

    /// <summary>The nodes whose outputs are its result; inner loops' are among them.</summary>
    public ImmutableArray<GraphNode> Results { get; internal set; } = [];

    /// <summary>Of a loop: where it begins, and where its back edges lead.</summary>
    public GraphNode? Header { get; internal set; }

    /// <summary>Of a loop: the most turns.</summary>
    public int MaxIterations { get; internal set; }

    /// <summary>How many nodes that people see are in it, inner loops' among them.</summary>
    public int Size { get; internal set; }

    /// <summary>Whether it is this block, or one inside it.</summary>
    public bool Contains(GraphBlock other)
    {
        while (other.Depth > Depth)
            other = other.Owner!.Block;
        return ReferenceEquals(this, other);
    }

    /// <summary>The node of this block that is, or contains, a node; null where it lies elsewhere.</summary>
    public GraphNode? MemberOf(GraphNode node)
    {
        while (node.Block.Depth > Depth)
            node = node.Block.Owner!;
        return ReferenceEquals(node.Block, this) ? node : null;
    }
}

/// <summary>What a block is.</summary>
public enum BlockKind
{
    /// <summary>The whole graph of a workflow.</summary>
    Graph,
    /// <summary>A loop made by back edges.</summary>
    Loop,
    /// <summary>The body of a forEach or a while.</summary>
    Body,
    /// <summary>What undoes nodes; its nodes stand alone.</summary>
    Compensation,
}

using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;

namespace Millrace.Core.Graphs;

/// <summary>
/// A workflow version made ready to run: nodes and edges by index, expressions parsed, configs bound. Immutable and shared.
/// </summary>
public sealed class CompiledGraph
{
    private readonly Dictionary<string, GraphNode> _nodesById;

    internal CompiledGraph(
        WorkflowDefinition definition, ImmutableArray<GraphNode> nodes, ImmutableArray<GraphEdge> edges, ImmutableArray<GraphBlock> blocks)
    {
        Definition = definition;
        Nodes = nodes;
        Edges = edges;
        Blocks = blocks;
        _nodesById = nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        ConcurrencyKey = LimitKey.Of(definition.Settings.Concurrency?.Key);
        RateLimitKey = LimitKey.Of(definition.Settings.RateLimit?.Key);
        EdgesById = edges.ToImmutableDictionary(edge => edge.Id, StringComparer.Ordinal);
    }

    /// <summary>What it was made from.</summary>
    public WorkflowDefinition Definition { get; }

    /// <summary>What an execution's input must match; null: anything.</summary>
    public Schema? InputSchema { get; internal init; }

    /// <summary>The key that the limit of concurrency counts by; null: all executions count together.</summary>
    public LimitKey? ConcurrencyKey { get; }

    /// <summary>The key that the limit of starts counts by; null: all executions count together.</summary>
    public LimitKey? RateLimitKey { get; }

    /// <summary>Every node that can run, whichever block it is in; comments are not among them, what undoes nodes is.</summary>
    public ImmutableArray<GraphNode> Nodes { get; }

    /// <summary>The edges as authored.</summary>
    public ImmutableArray<GraphEdge> Edges { get; }

    /// <summary>The blocks; the first is the whole graph.</summary>
    public ImmutableArray<GraphBlock> Blocks { get; }

    /// <summary>The whole graph as a block.</summary>
    public GraphBlock Root => Blocks[0];

    /// <summary>The block of all compensations.</summary>
    public GraphBlock Compensations => Blocks[^1];

    /// <summary>The nodes that progress is counted in: a forEach, a while or a child counts as one, a loop's nodes each.</summary>
    public int Size => Root.Size;

    /// <summary>Variables that nodes of parallel branches or items may set side by side.</summary>
    internal ImmutableHashSet<string> SharedVariables { get; init; } = [];

    internal ImmutableDictionary<string, GraphEdge> EdgesById { get; }

    /// <summary>The node of an id; null where there is none.</summary>
    public GraphNode? Find(string id) => _nodesById.GetValueOrDefault(id);
}

/// <summary>A node of a compiled graph.</summary>
public sealed class GraphNode
{
    /// <summary>Its place in <see cref="CompiledGraph.Nodes"/>; -1 for a loop, which is not among them.</summary>
    public required int Index { get; init; }

    /// <summary>What it was made from.</summary>
    public required NodeDefinition Definition { get; init; }

    /// <summary>What is known of its type.</summary>
    public required NodeTypeDescription Type { get; init; }

    /// <summary>The behaviour of the node, made from its type and config.</summary>
    public required NodeLogic Logic { get; init; }

    /// <summary>The conditions that must all hold.</summary>
    public ImmutableArray<Expression> Gates { get; init; } = [];

    /// <summary>How failures are retried.</summary>
    public required RetryPolicy Retry { get; init; }

    /// <summary>What its output must match; null: anything.</summary>
    public Schema? OutputSchema { get; init; }

    /// <summary>When a join fires; null: the node waits for all, as every other does.</summary>
    public JoinRule? Join { get; internal set; }

    /// <summary>The block it is in.</summary>
    public GraphBlock Block { get; internal set; } = null!;

    /// <summary>Its place in <see cref="GraphBlock.Nodes"/>.</summary>
    public int Slot { get; internal set; }

    /// <summary>Its place in an order of its block in which every edge leads forward.</summary>
    internal int Rank { get; set; }

    /// <summary>The block that it runs, turn by turn or item by item; null: none.</summary>
    public GraphBlock? Body { get; internal set; }

    /// <summary>What undoes it; null: nothing does.</summary>
    public GraphNode? Compensation { get; internal set; }

    /// <summary>Of what undoes a node: that node.</summary>
    public GraphNode? Undoes { get; internal set; }

    /// <summary>Whether an edge leaves its error port.</summary>
    public bool HasErrorPort { get; internal set; }

    /// <summary>The edges of its block that lead here, in authored order.</summary>
    public ImmutableArray<GraphEdge> Incoming { get; internal set; } = [];

    /// <summary>The edges of its block that leave it, in authored order.</summary>
    public ImmutableArray<GraphEdge> Outgoing { get; internal set; } = [];

    /// <summary>Of a join that cancels others: the nodes that lead nowhere but to it.</summary>
    public ImmutableArray<GraphNode> Branches { get; internal set; } = [];

    /// <summary>The joins that end this node where they go on without it.</summary>
    public ImmutableArray<GraphNode> CancelledBy { get; internal set; } = [];

    /// <summary>The node's id in the workflow.</summary>
    public string Id => Definition.Id;

    /// <summary>Whether it stands for a loop made by back edges. People never see it: nothing is recorded of it.</summary>
    public bool IsLoop => Index < 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Id} ({Type.Type})";
}

/// <summary>
/// An edge as a block sees it. An authored edge that leaves a loop is an edge of every block that it leaves, and of the one that it ends
/// in.
/// </summary>
public sealed class GraphEdge
{
    /// <summary>Its place in <see cref="CompiledGraph.Edges"/>; that of the authored edge.</summary>
    public required int Index { get; init; }

    /// <summary>The id of the authored edge.</summary>
    public required string Id { get; init; }

    /// <summary>Where it leaves, in its block.</summary>
    public required GraphNode Source { get; init; }

    /// <summary>Where the authored edge leaves: the source itself, or a node inside it.</summary>
    public required GraphNode Origin { get; init; }

    /// <summary>Where it leads, in its block; null where it leaves the block.</summary>
    public GraphNode? Target { get; init; }

    /// <summary>Its place in <see cref="GraphBlock.Edges"/>.</summary>
    public int Slot { get; internal set; }

    /// <summary>Whether it leads back to the header of its block, and so to the next turn.</summary>
    public bool IsBack { get; init; }

    /// <summary>The same authored edge in the block around; null where it ends in this one.</summary>
    public GraphEdge? Outer { get; internal set; }

    /// <summary>The port it belongs to; null: taken whatever the port.</summary>
    public string? Port { get; init; }

    /// <summary>What must hold for it to be taken; null: nothing.</summary>
    public Expression? When { get; init; }

    /// <summary>The port of failures.</summary>
    public const string Error = "error";

    /// <summary>The port of waits in vain.</summary>
    public const string Timeout = "timeout";

    /// <summary>Whether it belongs to its source's error port.</summary>
    public bool IsError => string.Equals(Port, Error, StringComparison.Ordinal);

    /// <summary>Whether it belongs to its source's port for waits in vain.</summary>
    public bool IsTimeout => string.Equals(Port, Timeout, StringComparison.Ordinal);
}

/// <summary>When a join fires.</summary>
/// <param name="Required">How many taken edges it needs; null: all edges decided, at least one taken.</param>
/// <param name="CancelOthers">Whether branches that come too late are stopped.</param>
public sealed record JoinRule(int? Required, bool CancelOthers);

using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;

namespace Millrace.Core.Graphs;

/// <summary>A workflow version made ready to run: nodes and edges by index, expressions parsed, configs bound. Immutable and shared.</summary>
public sealed class CompiledGraph
{
    private readonly Dictionary<string, GraphNode> _nodesById;

    internal CompiledGraph(WorkflowDefinition definition, ImmutableArray<GraphNode> nodes, ImmutableArray<GraphEdge> edges)
    {
        Definition = definition;
        Nodes = nodes;
        Edges = edges;
        Roots = [.. nodes.Where(node => node.Incoming.IsEmpty)];
        Ends = [.. nodes.Where(node => node.Outgoing.IsEmpty)];
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

    /// <summary>The nodes that can run; comments are not among them.</summary>
    public ImmutableArray<GraphNode> Nodes { get; }

    /// <summary>The edges between them.</summary>
    public ImmutableArray<GraphEdge> Edges { get; }

    /// <summary>Nodes that nothing leads to.</summary>
    public ImmutableArray<GraphNode> Roots { get; }

    /// <summary>Nodes that lead nowhere; without an output node, their outputs are the result.</summary>
    public ImmutableArray<GraphNode> Ends { get; }

    internal ImmutableDictionary<string, GraphEdge> EdgesById { get; }

    /// <summary>The node of an id; null where there is none.</summary>
    public GraphNode? Find(string id) => _nodesById.GetValueOrDefault(id);
}

/// <summary>A node of a compiled graph.</summary>
public sealed class GraphNode
{
    /// <summary>Its place in <see cref="CompiledGraph.Nodes"/>.</summary>
    public required int Index { get; init; }

    /// <summary>What it was made from.</summary>
    public required NodeDefinition Definition { get; init; }

    /// <summary>What is known of its type.</summary>
    public required NodeTypeDescription Type { get; init; }

    /// <summary>Its behaviour.</summary>
    public required NodeLogic Logic { get; init; }

    /// <summary>The conditions that must all hold.</summary>
    public ImmutableArray<Expression> Gates { get; init; } = [];

    /// <summary>How failures are retried.</summary>
    public required RetryPolicy Retry { get; init; }

    /// <summary>What its output must match; null: anything.</summary>
    public Schema? OutputSchema { get; init; }

    /// <summary>When a join fires; null: the node waits for all, as every other does.</summary>
    public JoinRule? Join { get; init; }

    /// <summary>Whether an edge leaves its error port.</summary>
    public bool HasErrorPort { get; internal set; }

    /// <summary>Edges that lead here, in authored order.</summary>
    public ImmutableArray<GraphEdge> Incoming { get; internal set; } = [];

    /// <summary>Edges that lead on, in authored order.</summary>
    public ImmutableArray<GraphEdge> Outgoing { get; internal set; } = [];

    /// <summary>Its id.</summary>
    public string Id => Definition.Id;

    /// <inheritdoc/>
    public override string ToString() => $"{Id} ({Type.Type})";
}

/// <summary>An edge of a compiled graph.</summary>
public sealed class GraphEdge
{
    /// <summary>Its place in <see cref="CompiledGraph.Edges"/>.</summary>
    public required int Index { get; init; }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Where it leaves.</summary>
    public required GraphNode Source { get; init; }

    /// <summary>Where it leads.</summary>
    public required GraphNode Target { get; init; }

    /// <summary>The port it belongs to; null: taken whatever the port.</summary>
    public string? Port { get; init; }

    /// <summary>What must hold for it to be taken; null: nothing.</summary>
    public Expression? When { get; init; }

    /// <summary>Whether it belongs to its source's error port.</summary>
    public bool IsError => string.Equals(Port, "error", StringComparison.Ordinal);
}

/// <summary>When a join fires.</summary>
/// <param name="Required">How many taken edges it needs; null: all edges decided, at least one taken.</param>
/// <param name="CancelOthers">Whether branches that come too late are stopped.</param>
public sealed record JoinRule(int? Required, bool CancelOthers);

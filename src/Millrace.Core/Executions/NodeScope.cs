using System.Collections.Immutable;
using Millrace.Core.Expressions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>The names that a node's expressions see (see the design's "Data"). One per machine, moved from node to node.</summary>
internal sealed class NodeScope(ExecutionState state) : IBindings
{
    private GraphNode? _shownNode;
    private NodeStatus _shownStatus;
    private Value _shownOutput;

    /// <summary>The recorded time of the input being handled.</summary>
    public DateTimeOffset Now { get; set; }

    /// <summary>What arrived at the node.</summary>
    public Value Data { get; private set; }

    /// <summary>Moves to a node.</summary>
    public void Enter(GraphNode node) => Data = DataOf(node);

    /// <summary>While a node's edges are chosen, its own output is seen, both as its record and as `data`.</summary>
    public void ShowOutput(GraphNode node, NodeStatus status, Value output) => (_shownNode, _shownStatus, _shownOutput) = (node, status, output);

    /// <summary>Ends <see cref="ShowOutput"/>.</summary>
    public void HideOutput() => (_shownNode, _shownStatus, _shownOutput) = (null, default, default);

    /// <summary>What came over each taken edge.</summary>
    public ImmutableArray<Nodes.Arrival> Arrivals(GraphNode node) =>
        [.. node.Incoming.Where(state.Root.IsTaken).Select(edge => new Nodes.Arrival(edge.Source.Id, OutputOf(edge.Source)))];

    /// <inheritdoc/>
    public bool TryGet(string name, out Value value)
    {
        switch (name)
        {
            case "input": value = state.Start.Input; return true;
            case "data": value = _shownNode is null ? Data : _shownOutput; return true;
            case "variables": value = state.Variables; return true;
            case "nodes": value = new NodesView(this); return true;
            case "execution": value = MapValue.Of(("id", state.Identity.Id), ("startedAt", TimestampOf(state.StartedAt ?? Now))); return true;
            case "workflow": value = MapValue.Of(("id", state.Identity.WorkflowId), ("name", state.Graph.Definition.Name), ("version", (long)state.Identity.WorkflowVersion)); return true;
            case "trigger": value = state.Start.Trigger; return true;
            case "now": value = TimestampOf(Now); return true;
            default: return TryGetNode(name, out value);
        }
    }

    private static TimestampValue? TimestampOf(DateTimeOffset time) => TimestampValue.TryCreate(NodaTime.Instant.FromDateTimeOffset(time));

    private bool TryGetNode(string id, out Value record)
    {
        var node = state.Graph.Find(id);
        record = node is null ? default : RecordOf(node);
        return node is not null;
    }

    private NodeRecord RecordOf(GraphNode node) => ReferenceEquals(node, _shownNode)
        ? NodeRecord.Ended(node.Id, _shownStatus, _shownOutput)
        : NodeRecord.Of(node.Id, state.Root.Run(node));

    // The one taken edge's output as it is, several by the ids of their nodes; a root sees the execution's input.
    private Value DataOf(GraphNode node)
    {
        GraphEdge? only = null;
        foreach (var edge in node.Incoming)
        {
            if (!state.Root.IsTaken(edge))
                continue;
            if (only is not null && !ReferenceEquals(only.Source, edge.Source))
                return MapValue.Create(Arrivals(node).Select(arrival => KeyValuePair.Create(arrival.Source, arrival.Output)));
            only = edge;
        }
        return only is null ? state.Start.Input : OutputOf(only.Source);
    }

    private Value OutputOf(GraphNode node) => state.Root.Run(node) is { HasOutput: true } run ? run.Output : Value.Null;

    /// <summary>`nodes`: every node's record by its id, made when asked for.</summary>
    private sealed class NodesView(NodeScope scope) : MapValue
    {
        private KeyValuePair<Value, Value>[]? _entries;

        public override int Count => scope.Graph.Nodes.Length;

        public override ReadOnlySpan<KeyValuePair<Value, Value>> Entries =>
            _entries ??= [.. scope.Graph.Nodes.Select(node => KeyValuePair.Create((Value)node.Id, (Value)scope.RecordOf(node)))];

        public override bool TryGet(string key, out Value value) => scope.TryGetNode(key, out value);

        public override bool TryGet(Value key, out Value value)
        {
            value = default;
            return key.TryGetString(out var id) && TryGet(id, out value);
        }

        public override string DescribeMissing(string key) => $"there is no node '{key}'";
    }

    private CompiledGraph Graph => state.Graph;
}

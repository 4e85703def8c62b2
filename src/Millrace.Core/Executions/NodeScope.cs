using System.Collections.Immutable;
using Millrace.Core.Expressions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>The names that a node's expressions see (see the design's "Data"). One per machine, moved from node to node.</summary>
internal sealed class NodeScope(ExecutionState state, ILinkSource? links) : IBindings
{
    private Frame _frame = state.Root;
    private Undo? _undo;
    private GraphNode? _shownNode;
    private NodeStatus _shownStatus;
    private Value _shownOutput;

    /// <summary>The recorded time of the input being handled.</summary>
    public DateTimeOffset Now { get; set; }

    /// <summary>What arrived at the node.</summary>
    public Value Data { get; private set; }

    /// <summary>The turn that a while is about to begin; null elsewhere.</summary>
    private long? Turn { get; set; }

    /// <summary>Moves to a node.</summary>
    public void Enter(Frame frame, GraphNode node)
    {
        _frame = frame;
        Turn = null;
        _undo = node.Undoes is { } undone ? state.Undoable.FindLast(undo => ReferenceEquals(undo.Node, undone) && string.Equals(undo.Iteration, frame.Iteration, StringComparison.Ordinal)) : null;
        Data = _undo is null ? DataFlow.DataOf(state, frame, node) : _undo.Output;
    }

    /// <summary>Moves to a while between two of its turns.</summary>
    public void EnterTurn(NodeRun run)
    {
        Enter(run.Frame, run.Node);
        Turn = run.Body!.Finished;
        if (Turn > 0)
            Data = run.Body.Result;
    }

    /// <summary>While a node's edges are chosen, its own output is seen, both as its record and as `data`.</summary>
    public void ShowOutput(GraphNode node, NodeStatus status, Value output) => (_shownNode, _shownStatus, _shownOutput) = (node, status, output);

    /// <summary>Ends <see cref="ShowOutput"/>.</summary>
    public void HideOutput() => (_shownNode, _shownStatus, _shownOutput) = (null, default, default);

    /// <summary>What came over each taken edge.</summary>
    public ImmutableArray<Arrival> Arrivals(GraphNode node) => DataFlow.Arrivals(_frame, node);

    /// <summary>Whether nodes can have links at all.</summary>
    public bool HasLinks => links is not null;

    /// <summary>The link to the wait that a node has in this turn, or in those around; null: there is none.</summary>
    public string? LinkTo(GraphNode node)
    {
        if (node.Logic is not WaitLogic { Link: { } link } || links is null)
            return null;
        var frame = _frame;
        while (frame is not null && !ReferenceEquals(frame.Block, node.Block))
            frame = frame.Parent;
        return frame is null ? null : links.LinkTo(state.Identity, node.Id, frame.Iteration, link);
    }

    /// <inheritdoc/>
    public bool TryGet(string name, out Value value)
    {
        switch (name)
        {
            case "input": value = state.Start.Input; return true;
            case "data": value = _shownNode is null ? Data : _shownOutput; return true;
            case "variables": value = state.VariableSet.View; return true;
            case "nodes": value = new NodesView(this); return true;
            case "execution": value = MapValue.Of(("id", state.Identity.Id), ("startedAt", TimestampOf(state.StartedAt ?? Now)), ("links", new LinksView(this, state.Graph))); return true;
            case "workflow": value = MapValue.Of(("id", state.Identity.WorkflowId), ("name", state.Graph.Definition.Name), ("version", (long)state.Identity.WorkflowVersion)); return true;
            case "trigger": value = state.Start.Trigger; return true;
            case "now": value = TimestampOf(Now); return true;
            case "item": return TryGetItem(out value);
            case "index": return TryGetIndex(out value);
            case "output" when _undo is not null: value = _undo.Output; return true;
            default: return TryGetNode(name, out value);
        }
    }

    private static TimestampValue? TimestampOf(DateTimeOffset time) => TimestampValue.TryCreate(NodaTime.Instant.FromDateTimeOffset(time));

    // The innermost forEach that this is inside of.
    private bool TryGetItem(out Value value)
    {
        var frame = DataFlow.BodyAround(_frame);
        while (frame is { Owner.Node.Logic: not ForEachLogic })
            frame = DataFlow.BodyAround(frame.Parent);
        value = frame is null ? default : frame.Data;
        return frame is not null;
    }

    // That of the innermost forEach or while; outside of these, the turn of the innermost loop.
    private bool TryGetIndex(out Value value)
    {
        var inner = _frame;
        var frame = DataFlow.BodyAround(inner);
        while (frame is { Owner.Node.Logic: OnceLogic, Parent: { } around })
            frame = DataFlow.BodyAround(inner = around);
        frame ??= inner;
        value = Turn ?? frame.Number;
        return Turn is not null || frame.Owner is not null;
    }

    private bool TryGetNode(string id, out Value record)
    {
        var node = state.Graph.Find(id);
        record = node is null ? default : RecordOf(node);
        return node is not null;
    }

    private NodeRecord RecordOf(GraphNode node)
    {
        if (ReferenceEquals(node, _shownNode))
            return NodeRecord.Ended(node.Id, _shownStatus, _shownOutput);
        if (_undo is { } undo)
            return ReferenceEquals(undo.Node, node) ? NodeRecord.Undone(undo) : NodeRecord.Of(node.Id, DataFlow.FindRun(state.Root, node));
        return NodeRecord.Of(node.Id, DataFlow.FindRun(_frame, node));
    }

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

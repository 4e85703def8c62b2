using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What expressions see of a node: {output, status, error, meta}, of which only `status` is always there.</summary>
internal sealed class NodeRecord : MapValue
{
    private readonly string _id;
    private readonly NodeStatus _status;
    private readonly MapValue _fields;

    private NodeRecord(string id, NodeStatus status, MapValue fields) => (_id, _status, _fields) = (id, status, fields);

    public override int Count => _fields.Count;

    public override ReadOnlySpan<KeyValuePair<Value, Value>> Entries => _fields.Entries;

    public static NodeRecord Of(string id, NodeRun? run)
    {
        if (run is null)
            return new(id, NodeStatus.Pending, Of("status", NodeStatus.Pending.Name()));
        var fields = new MapBuilder().Set("status", run.Status.Name());
        if (run.HasOutput)
            fields.Set("output", run.Output);
        if (run.Error is { } error)
            fields.Set("error", new ExecutionError(error.Type, error.Message, id, run.Iteration, run.Attempt, error.Details).ToValue());
        if (run.HasOutput && run.Status != NodeStatus.Skipped)
            fields.Set("meta", run.Meta.IsNull ? Empty : run.Meta);
        return new(id, run.Status, fields.Build());
    }

    /// <summary>The record of a node that has just ended, before that is an event.</summary>
    public static NodeRecord Ended(string id, NodeStatus status, Value output)
    {
        var fields = new MapBuilder().Set("status", status.Name()).Set("output", output);
        if (status == NodeStatus.Failed)
            fields.Set("error", output["error"]);
        if (status != NodeStatus.Skipped)
            fields.Set("meta", Empty);
        return new(id, status, fields.Build());
    }

    /// <summary>The record of a node that is being undone: with the config that it ran with as `input`.</summary>
    public static NodeRecord Undone(Undo undo)
    {
        var status = undo.Output.IsNull ? NodeStatus.InDoubt : NodeStatus.Completed;
        return new(undo.Node.Id, status, new MapBuilder().Set("status", status.Name()).Set("input", undo.Input).Set("output", undo.Output).SetIfPresent("meta", undo.Meta).Build());
    }

    public override bool TryGet(string key, out Value value) => _fields.TryGet(key, out value);

    public override bool TryGet(Value key, out Value value) => _fields.TryGet(key, out value);

    public override string DescribeMissing(string key) => (key, _status) switch
    {
        ("output" or "meta" or "error", NodeStatus.Skipped) => $"node '{_id}' was skipped",
        ("output" or "meta" or "error", NodeStatus.Pending) => $"node '{_id}' has not run",
        ("output" or "meta", NodeStatus.Failed) => $"node '{_id}' failed",
        ("error", _) => $"node '{_id}' has no error",
        ("output" or "meta", _) => $"node '{_id}' is {_status.Name()} and has no {key} yet",
        _ => $"a node's record has output, status, error and meta, but no '{key}'; did you mean '{_id}.output.{key}'?",
    };
}

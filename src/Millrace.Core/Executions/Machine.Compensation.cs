using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// Undoing what was completed, last first.
public sealed partial class Machine
{
    private void Undo()
    {
        if (_state.Status.IsTerminal())
            return;
        if (_state.Undoable is [.., var last])
            _ready.Enqueue((_state.OpenCompensation(last), last.Node.Compensation!));
        else if (_state.Start.Origin is { Undoes: true } origin)
            Emit(new WorkflowCompleted(MapValue.Of("undone", origin.ExecutionId)));
        else
            Emit(new WorkflowFailed(_state.Error!));
    }

    // What a completed child did is undone by an execution of its own, which begins where the child ended.
    private void UndoOrigin(ForkOrigin origin)
    {
        Emit(new WorkflowCompensating(new ExecutionError("undone", $"The execution {origin.ExecutionId} is being undone.")));
        Undo();
    }

    /// <summary>The error of an execution that could not be undone whole: what failed, and what was left as it is.</summary>
    private ExecutionError NotUndone(GraphNode node, NodeError error)
    {
        var remaining = ListValue.Create(_state.Undoable.AsEnumerable().Reverse().Select(undo =>
            (Value)new MapBuilder().Set("nodeId", undo.Node.Id).SetIfPresent("iteration", undo.Iteration.Length > 0 ? undo.Iteration : Value.Null).Build()));
        var compensation = MapValue.Of(("failed", node.Id), ("error", MapValue.Of(("type", error.Type), ("message", error.Message))), ("remaining", remaining));
        var cause = _state.Error!;
        return cause with
        {
            Message = $"{cause.Message} It could not be undone completely: {error.Message}",
            Details = new MapBuilder().SetIfPresent("cause", cause.Details).Set("compensation", compensation).Build(),
        };
    }
}

using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// What the end of an execution, or the beginning of its undoing, says to others.
public sealed partial class Machine
{
    /// <summary>The execution is about to end, or to be undone: children are told to stop, a parent that waits is told how it ended.</summary>
    private void Farewell(ExecutionEvent e)
    {
        foreach (var run in _state.Waits)
            Stop(run);
        if (e is WorkflowCompensating)
        {
            _stopped.AddRange(_state.Runs().Where(run => run.IsEffectRunning));
            _ready.Clear();
            return;
        }
        if (_state.Start.Parent is not { } parent)
            return;
        var payload = new MapBuilder().Set("nodeId", parent.NodeId).Set("iteration", parent.Iteration).Set("name", _state.Identity.Id).Set("meta", MapValue.Of("executionId", _state.Identity.Id));
        switch (e)
        {
            case WorkflowCompleted completed:
                payload.SetIfPresent("output", completed.Result);
                break;
            case WorkflowFailed failed:
                payload.Set("error", failed.Error.ToValue());
                break;
            default:
                payload.Set("error", new ExecutionError("cancelled", $"The execution {_state.Identity.Id} was cancelled.").ToValue());
                break;
        }
        _messages.Add(new OutgoingMessage(parent.ExecutionId, NodeWait.Child, payload.Build()));
    }
}

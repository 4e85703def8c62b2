using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// What the end of an execution, or the beginning of its undoing, says to others.
public sealed partial class Machine
{
    /// <summary>The execution is about to end, or to be undone: children are told to stop, a parent that waits is told how it ended.</summary>
    private void NotifyOthers(ExecutionEvent e)
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
        var error = e switch
        {
            WorkflowCompleted => null,
            WorkflowFailed failed => failed.Error,
            _ => new ExecutionError("cancelled", $"The execution {_state.Identity.Id} was cancelled."),
        };
        _messages.Add(parent.EndMessage(_state.Identity.Id, (e as WorkflowCompleted)?.Result ?? Value.Null, error));
    }
}

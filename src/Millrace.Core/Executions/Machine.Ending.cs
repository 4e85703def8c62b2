using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// What the end of an execution, or the beginning of its undoing, says to others.
public sealed partial class Machine
{
    private void Complete()
    {
        if (ExecutionResult.IsMissing(_state.Root))
            Emit(new LogWritten(new LogLine("warn", "None of the output nodes ran, so that the result is null."), null, ""));
        Emit(new WorkflowCompleted(ExecutionResult.Of(_state.Root)));
    }

    // What nobody has read by now, nobody will: it is named, so that its sender can find out.
    private Value Unread()
    {
        if (_state.Buffered.All.Count == 0)
            return Value.Null;
        var names = _state.Buffered.All.Values.Select(delivery => delivery.Name ?? delivery.NodeId).OfType<string>();
        return ListValue.Create(names.Distinct(StringComparer.Ordinal).Select(name => (Value)name));
    }

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

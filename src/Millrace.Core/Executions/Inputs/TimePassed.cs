using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Time has passed: do what is due.</summary>
public sealed record TimePassedInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly TimePassedInput Instance = new();
}

public sealed partial class Machine
{
    private void DoWhatIsDue()
    {
        if (IsHeld)
            return;
        if (_state.Deadline <= _now && _state.Status != ExecutionStatus.Compensating)
        {
            var limit = _state.Graph.Definition.Settings.Timeout!.Value;
            Emit(new WorkflowFailed(new ExecutionError("timeout", $"The execution took longer than its workflow's timeout of {Durations.ToIso(limit)}.")));
            return;
        }
        foreach (var run in _state.DueRuns(_now))
        {
            if (IsHeld)
                return;
            // What was handled before may have ended it.
            if (run.DueAt is null || run.DueAt > _now || !run.IsWaiting)
                continue;
            if (run.Status == NodeStatus.Retrying)
                Run(run.Frame, run.Node, run.Attempt + 1, Context(run.Frame, run.Node));
            else
                Settle(run.Frame, run.Node, Math.Max(run.Attempt, 1), OnDue(run));
        }
    }

    private NodeOutcome OnDue(NodeRun run)
    {
        if (run.Node.Logic is WaitLogic wait)
            return wait.OnDue(Context(run.Frame, run.Node));
        Stop(run);
        return NodeOutcome.Failed("timeout", $"Node '{run.Node.Id}' timed out waiting for an answer.", retryable: true);
    }
}

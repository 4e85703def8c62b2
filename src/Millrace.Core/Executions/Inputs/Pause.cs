namespace Millrace.Core.Executions;

/// <summary>Somebody wants it held.</summary>
/// <param name="Reason">Why, in their words.</param>
public sealed record PauseInput(string? Reason) : MachineInput;

/// <summary>Somebody wants it to go on after a pause.</summary>
public sealed record ResumeInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly ResumeInput Instance = new();
}

public sealed partial class Machine
{
    private void Pause(string? reason)
    {
        if (_state.Status is ExecutionStatus.Running or ExecutionStatus.Waiting && !_state.IsCancelling)
            Emit(new WorkflowPaused(reason));
    }

    private void Resume()
    {
        if (_state.Status != ExecutionStatus.Paused)
            return;
        Emit(new WorkflowResumed());
        FindReady();
        DeliverReceived([.. _state.Received.Keys]);
        if (_isRecovering)
            SettleEffectsInDoubt();
        DoWhatIsDue();
    }
}

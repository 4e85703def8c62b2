using Millrace.Core.Executions;

namespace Millrace.Engine.Effects;

/// <summary>A step that has ended, on its way into the journal.</summary>
internal sealed class StepRecording(StepCompletedInput input)
{
    private readonly TaskCompletionSource<StepRecord> _recorded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the machine is told.</summary>
    public StepCompletedInput Input => input;

    /// <summary>Ends when the step is durable; cancelled where it will not be.</summary>
    public Task<StepRecord> Recorded => _recorded.Task;

    /// <summary>It is durable as this: where another of its number came first, as that.</summary>
    public void Complete(StepRecord recorded) => _recorded.TrySetResult(recorded);

    /// <summary>Its attempt is not wanted any more, or no longer this owner's: it is not recorded.</summary>
    public void Refuse() => _recorded.TrySetCanceled();
}

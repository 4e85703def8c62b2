using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Effects;

/// <summary>An effect that runs for whoever waits for it, and not for an execution.</summary>
internal sealed class LoneEffect(ExecutionIdentity identity) : IEffectOwner
{
    private readonly TaskCompletionSource<NodeOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ExecutionIdentity Identity => identity;

    public bool IsStored => false;

    public long? Epoch => null;

    public WorkflowSettings Settings => WorkflowSettings.Default;

    public int Depth => 0;

    public string KeyId => identity.Id;

    // Nobody recovers it: there is nothing to record.
    public void EffectAdmitted(RunningEffect effect) => effect.Leave();

    // Nobody recovers it: there is nothing to record.
    public void StepEnded(StepRecording recording) => recording.Complete(recording.Input.Step);

    public void EffectFinished(RunningEffect effect, NodeOutcome outcome) => _ended.SetResult(outcome);

    public async Task<NodeOutcome> RunAsync(EffectDispatcher effects, EffectStart start, CancellationToken cancellation)
    {
        var effect = effects.Start(this, start);
        await using var cancelled = cancellation.Register(effect.Cancel);
        return await _ended.Task;
    }
}

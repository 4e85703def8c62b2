using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Runtime;

namespace Millrace.Engine.Effects;

/// <summary>Runs effects: first there is room, then the gate is passed, then the pipeline runs. Its owner hears how each attempt ended.</summary>
internal sealed class EffectDispatcher(EngineOptions options, EngineScheduler scheduler, EffectServices services)
{
    private readonly EffectLimiter _limiter = new(options.MaxConcurrentEffects, scheduler);
    private readonly EffectStage _pipeline = EffectPipeline.Compose(options, services);

    /// <summary>Effects that run now.</summary>
    public int Running => _limiter.Running;

    /// <summary>What effects may use.</summary>
    internal EffectServices Services => services;

    /// <summary>Runs an effect as soon as there is room.</summary>
    public RunningEffect Start(IEffectOwner owner, EffectStart start)
    {
        var effect = new RunningEffect(this, owner, start);
        if (_limiter.Enter(effect))
            Admit(effect);
        return effect;
    }

    /// <summary>There is room for an effect: it runs, or its owner first makes sure that this is known after a crash.</summary>
    internal void Admit(RunningEffect effect)
    {
        // Nobody waits for it any more: while it waited for room, its run was stopped or its execution ended.
        if (effect.IsCancelled)
            Finish(effect, FailureStage.Cancelled(effect, " before it began"));
        else if (DispatchGate.Guards(effect))
            effect.AskToLeave();
        else
            Run(effect);
    }

    internal void Run(RunningEffect effect)
    {
        var running = _pipeline(effect);
        if (running.IsCompletedSuccessfully)
            Finish(effect, running.Result);
        else
            _ = ObserveAsync(effect, running);
    }

    /// <summary>Makes room that an effect took without running, or does not need while it waits aside.</summary>
    internal void Release() => _limiter.Leave();

    /// <summary>Takes up room again after <see cref="Release"/>.</summary>
    internal void Reenter() => _limiter.Reenter();

    private async Task ObserveAsync(RunningEffect effect, ValueTask<NodeOutcome> running) => Finish(effect, await running);

    private void Finish(RunningEffect effect, NodeOutcome outcome)
    {
        options.Reached?.Invoke(CrashPoint.EffectEnded);
        // Its owner knows first: whoever waits until nothing runs any more then finds it busy with the outcome.
        effect.Finish(outcome);
        _limiter.Leave();
    }
}

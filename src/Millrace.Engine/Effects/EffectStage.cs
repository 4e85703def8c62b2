using Millrace.Core.Nodes;
using Millrace.Engine.Runtime;

namespace Millrace.Engine.Effects;

/// <summary>One part of running an attempt: it does its own before and after the stage inside it, or instead of it.</summary>
internal delegate ValueTask<NodeOutcome> EffectStage(RunningEffect effect);

/// <summary>How an attempt is run. A stage that has nothing to do for an attempt calls the next one and is out of the way: no state machine, no allocation.</summary>
internal static class EffectPipeline
{
    /// <summary>Puts the stages together, from the inside out. Whatever an attempt comes to, the outermost gives an outcome and never throws.</summary>
    public static EffectStage Compose(EngineOptions options, EffectServices services)
    {
        EffectStage stage = new ExecuteStage(options.Reached).RunAsync;
        stage = new BudgetStage(stage, services.Budgets, services.Committer, services.Time).RunAsync;
        stage = new CacheStage(stage, services.Cache).RunAsync;
        if (services.Secrets is { } vault)
            stage = new SecretStage(stage, vault).RunAsync;
        stage = new TimeoutStage(stage, services.Time, options.DefaultEffectTimeout).RunAsync;
        stage = new FailureStage(stage).RunAsync;
        stage = new StoreTroubleStage(stage, services.Time).RunAsync;
        return new TelemetryStage(stage, services.Time).RunAsync;
    }
}

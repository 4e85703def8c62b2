using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Effects;

/// <summary>Makes an outcome of every way in which an attempt can break, the store's trouble excepted, which is not the attempt's fault.</summary>
internal sealed class FailureStage(EffectStage next)
{
    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect)
    {
        ValueTask<NodeOutcome> running;
        try
        {
            running = next(effect);
        }
        catch (Exception e) when (IsExpected(effect, e))
        {
            return new(OutcomeOf(effect, e));
        }
        return running.IsCompletedSuccessfully ? running : CatchAsync(effect, running);
    }

    /// <summary>The outcome of an attempt that nobody waits for any more.</summary>
    public static NodeOutcome Cancelled(RunningEffect effect, string when = "") =>
        NodeOutcome.Failed("cancelled", $"Node '{effect.Start.Node.Id}' was cancelled{when}.");

    private static async ValueTask<NodeOutcome> CatchAsync(RunningEffect effect, ValueTask<NodeOutcome> running)
    {
        try
        {
            return await running;
        }
        catch (Exception e) when (IsExpected(effect, e))
        {
            return OutcomeOf(effect, e);
        }
    }

    /// <summary>Whether an exception is an end of the attempt.</summary>
    public static bool IsExpected(RunningEffect effect, Exception e) =>
        e is not OutOfMemoryException && (e is not StoreException || effect.IsCancelled);

    /// <summary>The outcome of an attempt that broke.</summary>
    public static NodeOutcome OutcomeOf(RunningEffect effect, Exception e)
    {
        if (e is StepFailedException step)
            return NodeOutcome.Failed(step.Error);
        if (e is not OperationCanceledException || !effect.IsCancelled)
            return NodeOutcome.Failed("unexpected", $"Node '{effect.Start.Node.Id}' of type '{effect.Start.Node.Type.Type}' threw {e.GetType().Name}: {e.Message}");
        return effect.Timeout.PassedAfter is { } limit
            ? NodeOutcome.Failed("timeout", $"Node '{effect.Start.Node.Id}' took longer than its timeout of {Durations.ToIso(limit)}.", retryable: true)
            : Cancelled(effect);
    }
}

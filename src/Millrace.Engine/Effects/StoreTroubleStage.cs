using Millrace.Core.Nodes;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Effects;

/// <summary>The store's trouble is not the execution's fault: the same attempt is made again a moment later, under the same key, unless it was cancelled meanwhile.</summary>
internal sealed class StoreTroubleStage(EffectStage next, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect)
    {
        ValueTask<NodeOutcome> running;
        try
        {
            running = next(effect);
        }
        catch (StoreException e)
        {
            running = ValueTask.FromException<NodeOutcome>(e);
        }
        return running.IsCompletedSuccessfully ? running : RepeatAsync(effect, running);
    }

    private async ValueTask<NodeOutcome> RepeatAsync(RunningEffect effect, ValueTask<NodeOutcome> running)
    {
        while (true)
        {
            try
            {
                return await running;
            }
            catch (StoreException) when (!effect.IsCancelled)
            {
                if (!await PauseAsync(effect))
                    return FailureStage.Cancelled(effect);
            }
            running = RunAsync(effect);
        }
    }

    // False: it was cancelled meanwhile.
    private async ValueTask<bool> PauseAsync(RunningEffect effect)
    {
        try
        {
            await Task.Delay(Pause, time, effect.Cancellation);
            return true;
        }
        catch (OperationCanceledException) when (effect.IsCancelled)
        {
            return false;
        }
    }
}

using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;

namespace Millrace.Engine.Effects;

/// <summary>Tells an attempt to end that takes too long: longer than its node says, or its type, or the engine. One that ends at once needs no timer.</summary>
internal sealed class TimeoutStage(EffectStage next, TimeProvider time, TimeSpan fallback)
{
    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect)
    {
        var running = next(effect);
        return running.IsCompleted ? running : LimitAsync(effect, running);
    }

    private async ValueTask<NodeOutcome> LimitAsync(RunningEffect effect, ValueTask<NodeOutcome> running)
    {
        var limit = effect.Start.Node.Definition.Timeout ?? ((ExecutableEffect)effect.Start.Node.Logic).Timeout ?? fallback;
        using (effect.Timeout.Arm(effect, time, limit))
            return await running;
    }
}

/// <summary>The time that one attempt has left. It stands still while the attempt waits aside, and begins anew after that.</summary>
internal sealed class EffectTimeout
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _isAside;
    private TimeSpan _limit;

    /// <summary>The timeout that ended the attempt; null: none did.</summary>
    public TimeSpan? PassedAfter { get; private set; }

    /// <summary>Begins to count. Dispose what it gives when the attempt has ended.</summary>
    public IDisposable Arm(RunningEffect effect, TimeProvider time, TimeSpan limit)
    {
        lock (_gate)
        {
            _limit = limit;
            return _timer = time.CreateTimer(static state => Pass((RunningEffect)state!), effect, _isAside ? Timeout.InfiniteTimeSpan : limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The attempt waits aside, or no longer does.</summary>
    public void SetAside(bool isAside)
    {
        lock (_gate)
        {
            _isAside = isAside;
            _timer?.Change(isAside ? Timeout.InfiniteTimeSpan : _limit, Timeout.InfiniteTimeSpan);
        }
    }

    private static void Pass(RunningEffect effect)
    {
        effect.Timeout.PassedAfter = effect.Timeout._limit;
        effect.Cancel();
    }
}

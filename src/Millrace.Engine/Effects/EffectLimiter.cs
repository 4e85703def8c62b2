using System.Collections.Concurrent;
using Millrace.Engine.Runtime;

namespace Millrace.Engine.Effects;

/// <summary>How many effects run at once. One that finds no room waits in line, and is scheduled when there is.</summary>
internal sealed class EffectLimiter(int limit, EngineScheduler scheduler)
{
    private readonly ConcurrentQueue<RunningEffect> _waiting = new();
    private int _running;

    /// <summary>Effects that have room now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Whether there is room for an effect at once; otherwise it is scheduled when there is.</summary>
    public bool Enter(RunningEffect effect)
    {
        if (TryEnter())
            return true;
        _waiting.Enqueue(effect);
        StartWaiting();
        return false;
    }

    /// <summary>Releases the slot.</summary>
    public void Leave()
    {
        Interlocked.Decrement(ref _running);
        StartWaiting();
    }

    /// <summary>
    /// Takes up room again after <see cref="Leave"/>, at once: how many come back together is bounded by what they waited for, and so is how far
    /// beyond the limit this leads.
    /// </summary>
    public void Reenter() => Interlocked.Increment(ref _running);

    // On the scheduler and not here: effects that end at once would otherwise nest without bound.
    private void StartWaiting()
    {
        while (!_waiting.IsEmpty && TryEnter())
        {
            if (_waiting.TryDequeue(out var next))
                scheduler.Schedule(next);
            else
                Interlocked.Decrement(ref _running);
        }
    }

    private bool TryEnter()
    {
        if (Interlocked.Increment(ref _running) <= limit)
            return true;
        Interlocked.Decrement(ref _running);
        return false;
    }
}

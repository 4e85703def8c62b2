using System.Diagnostics;

namespace Millrace.Server.Hosting;

/// <summary>
/// Gives memory back to the operating system once a burst is over. The collector does so only when it runs, and a process that is idle gives it no
/// reason to: what a thousand slow readers once held would stay for days.
/// </summary>
internal sealed class IdleMemory : IDisposable
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A process that allocates more than this between two looks is at work: a collection would keep somebody waiting.
    private const long IdleBytes = 2 << 20;
    private const long MinAllocatedBytes = 4 << 20;
    // After a collection comes so many times as long without one.
    private const int Rest = 500;

    // Pools let go of what they keep bit by bit, once it is not used.
    private static readonly TimeSpan Pools = TimeSpan.FromSeconds(30);

    private readonly Func<long> _allocatedBytes;
    private readonly Func<(TimeSpan Took, long LiveBytes)> _collect;
    private readonly ITimer? _timer;
    private long _seen;
    private long _allocatedAtCollection;
    private long _liveBytes;
    private TimeSpan _rest;
    // What the start of the process has left is given back at the first look that finds it idle.
    private TimeSpan? _again = TimeSpan.Zero;

    /// <summary>Looks after the memory of this process.</summary>
    public IdleMemory(TimeProvider time)
        : this(static () => GC.GetTotalAllocatedBytes(), Collect) =>
        _timer = time.CreateTimer(static memory => ((IdleMemory)memory!).Look(), this, Interval, Interval);

    /// <summary>Looks after memory that is counted and collected otherwise, when it is told to.</summary>
    /// <param name="allocatedBytes">How many bytes were allocated since the process started.</param>
    /// <param name="collect">Gives back what is not used; returns how long that took, and how many bytes are in use.</param>
    internal IdleMemory(Func<long> allocatedBytes, Func<(TimeSpan Took, long LiveBytes)> collect) =>
        (_allocatedBytes, _collect) = (allocatedBytes, collect);

    public void Dispose() => _timer?.Dispose();

    /// <summary>Looks, and collects where there may be something to give back.</summary>
    internal void Look()
    {
        var allocated = _allocatedBytes();
        var isIdle = allocated - _seen < IdleBytes;
        _seen = allocated;
        _rest -= Interval;
        _again -= Interval;
        var hasWorked = allocated - _allocatedAtCollection >= MinAllocatedBytes;
        if (!isIdle || _rest > TimeSpan.Zero || !(hasWorked || _again <= TimeSpan.Zero))
            return;
        var (took, live) = _collect();
        _rest = took * Rest;
        _again = hasWorked || live < _liveBytes - MinAllocatedBytes ? Pools : null;
        _liveBytes = live;
        _allocatedAtCollection = _seen = _allocatedBytes();
    }

    private static (TimeSpan Took, long LiveBytes) Collect()
    {
        var begin = Stopwatch.GetTimestamp();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return (Stopwatch.GetElapsedTime(begin), GC.GetTotalMemory(forceFullCollection: false));
    }
}

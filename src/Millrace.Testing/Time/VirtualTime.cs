namespace Millrace.Testing.Time;

/// <summary>
/// A clock that stands still until it is moved. Timers fire when it is, in the order in which they are due, on the thread that moves it.
/// </summary>
/// <param name="start">The time at the beginning.</param>
public sealed class VirtualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<VirtualTimer, (DateTimeOffset Due, long Armed)> _timers = new();
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _now = start;
    private long _count;

    /// <summary>A clock that begins at the first moment of 2026.</summary>
    public VirtualTime() : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer is due; null: none is armed.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
                return Peek()?.Due;
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <summary>Makes a timer that fires once.</summary>
    /// <exception cref="NotSupportedException">A period is given.</exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock on at once, then fires what is due by then, in order: as a machine does that slept meanwhile. To have each timer fire at its
    /// own time, use <see cref="FireNext"/>.
    /// </summary>
    /// <param name="by">How far; not back.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset now;
        lock (_gate)
            now = _now += by;
        while (FireNext(now))
        {
        }
    }

    /// <summary>Moves the clock to the next timer that is due no later than a time, and fires it. False: there is none, and nothing was moved.</summary>
    /// <param name="until">The time.</param>
    public bool FireNext(DateTimeOffset until)
    {
        if (TakeDue(until) is not { } timer)
            return false;
        timer.Fire();
        return true;
    }

    /// <summary>Waits until a timer is armed that is due within a time from now.</summary>
    /// <param name="within">The span of virtual time from now.</param>
    public async Task WhenArmedAsync(TimeSpan within)
    {
        while (true)
        {
            Task armed;
            lock (_gate)
            {
                if (Peek() is { } next && next.Due <= _now + within)
                    return;
                armed = _armed.Task;
            }
            await armed;
        }
    }

    private VirtualTimer? TakeDue(DateTimeOffset until)
    {
        lock (_gate)
        {
            if (Peek() is not { } next || next.Due > until)
                return null;
            _timers.Dequeue();
            next.Armed = 0;
            _now = next.Due > _now ? next.Due : _now;
            return next;
        }
    }

    // What was armed anew or stopped since stays behind in the queue.
    private VirtualTimer? Peek()
    {
        while (_timers.TryPeek(out var timer, out var place))
        {
            if (timer.Armed == place.Armed)
                return timer;
            _timers.Dequeue();
        }
        return null;
    }

    private void Arm(VirtualTimer timer, TimeSpan dueTime)
    {
        TaskCompletionSource armed;
        lock (_gate)
        {
            timer.Armed = 0;
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;
            timer.Armed = ++_count;
            timer.Due = _now + dueTime;
            _timers.Enqueue(timer, (timer.Due, timer.Armed));
            armed = _armed;
            _armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        armed.SetResult();
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        // Its place among all that were ever armed; 0: it is not.
        public long Armed { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero)
                throw new NotSupportedException("Timers of virtual time fire once; arm them again from their callback.");
            time.Arm(this, dueTime);
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

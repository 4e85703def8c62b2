namespace Millrace.Server.Tests;

/// <summary>A clock that goes as the system's does and can be moved on: what is due by then fires at once.</summary>
internal sealed class MovableTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly HashSet<MovableTimer> _timers = [];
    private TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return base.GetUtcNow() + _ahead;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new MovableTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on.</summary>
    public void Advance(TimeSpan by)
    {
        MovableTimer[] timers;
        lock (_gate)
        {
            _ahead += by;
            timers = [.. _timers];
        }
        foreach (var timer in timers)
            timer.Hasten();
    }

    /// <summary>Waits until a timer is set for a time, give or take a second.</summary>
    public async Task WhenArmedAsync(DateTimeOffset due)
    {
        while (true)
        {
            Task armed;
            lock (_gate)
            {
                if (_timers.Any(timer => timer.Due is { } at && (at - due).Duration() < TimeSpan.FromSeconds(1)))
                    return;
                armed = _armed.Task;
            }
            await armed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    private sealed class MovableTimer : ITimer
    {
        private readonly MovableTime _time;
        private readonly ITimer _timer;
        private TimeSpan _period;

        public MovableTimer(MovableTime time, TimerCallback callback, object? state)
        {
            _time = time;
            _timer = System.CreateTimer(_ => Fire(callback, state), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        /// <summary>When it fires; null: it is not set.</summary>
        public DateTimeOffset? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Set(dueTime == Timeout.InfiniteTimeSpan ? null : _time.GetUtcNow() + dueTime);
            return _timer.Change(dueTime, period);
        }

        public void Hasten()
        {
            if (Due is { } due)
                _timer.Change(Max(due - _time.GetUtcNow()), _period);
        }

        public void Dispose()
        {
            Set(null);
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Set(null);
            return _timer.DisposeAsync();
        }

        private static TimeSpan Max(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;

        private void Fire(TimerCallback callback, object? state)
        {
            Set(_period > TimeSpan.Zero ? _time.GetUtcNow() + _period : null);
            callback(state);
        }

        private void Set(DateTimeOffset? due)
        {
            TaskCompletionSource? armed = null;
            lock (_time._gate)
            {
                Due = due;
                if (due is null)
                {
                    _time._timers.Remove(this);
                }
                else
                {
                    _time._timers.Add(this);
                    (armed, _time._armed) = (_time._armed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                }
            }
            armed?.SetResult();
        }
    }
}

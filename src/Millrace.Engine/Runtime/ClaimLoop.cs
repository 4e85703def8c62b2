using Microsoft.Extensions.Logging;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Takes executions that nobody owns and that are due: pending ones, ended waits, and at start those of a process that died.
/// It looks when told that something may be due, when the next known one is, and now and then in case a wake-up was lost.
/// </summary>
internal sealed class ClaimLoop : IDisposable
{
    private readonly LiveExecutions _live;
    private readonly ILogger<ClaimLoop> _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly Backoff _backoff;
    private DateTimeOffset _nextLook = DateTimeOffset.MaxValue;
    private bool _isLooking;
    private bool _lookAgain;
    private volatile bool _backlog;
    private int _pendingStored;
    private bool _isStopped;

    public ClaimLoop(LiveExecutions live, ILogger<ClaimLoop> logger)
    {
        _live = live;
        _logger = logger;
        _backoff = new Backoff(Backoff.Most);
        _timer = live.Time.CreateTimer(static state => ((ClaimLoop)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        live.LetGo = LetGo;
    }

    /// <summary>Whether executions wait for room. New ones then wait behind them.</summary>
    public bool HasBacklog => _backlog;

    /// <summary>Looks for due executions now.</summary>
    public void Look()
    {
        lock (_gate)
        {
            if (_isStopped)
                return;
            _lookAgain = _isLooking;
            if (_isLooking)
                return;
            _isLooking = true;
            _nextLook = DateTimeOffset.MaxValue;
        }
        _ = LookAsync();
    }

    /// <summary>Looks at a time, unless it looks earlier anyway.</summary>
    public void LookAt(DateTimeOffset due)
    {
        lock (_gate)
        {
            if (_isStopped || due >= _nextLook)
                return;
            _nextLook = due;
            var delay = due - _live.Now();
            _timer.Change(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Says that an execution was stored that nobody runs yet, for want of room. Only after it is durable: a look before would miss it.</summary>
    public void PendingStored()
    {
        Interlocked.Increment(ref _pendingStored);
        _backlog = true;
        LookIfRoom();
    }

    /// <summary>Stops claiming executions.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isStopped = true;
        _timer.Dispose();
    }

    private void LetGo(DateTimeOffset? due)
    {
        if (due is { } at)
            LookAt(at);
        else if (_backlog)
            LookIfRoom();
    }

    // A whole batch at once where possible; a little room is used too, but not by a look for each execution that ends.
    private void LookIfRoom()
    {
        var room = _live.Room;
        if (room >= Math.Min(_live.Options.ClaimBatch, _live.Options.MaxResidentExecutions / 4 + 1))
            Look();
        else if (room > 0)
            LookAt(_live.Now() + TimeSpan.FromMilliseconds(20));
    }

    private async Task LookAsync()
    {
        try
        {
            while (await ClaimAsync())
            {
            }
            var poll = _live.Now() + _live.Options.PollInterval;
            LookAt(await _live.Store.NextWakeAsync() is { } due && due < poll && !_backlog ? due : poll);
            _backoff.Reset();
        }
        catch (Exception e)
        {
            var pause = _backoff.Next();
            _logger.LogError(e, "Looking for due executions failed; the next look is in {Pause}", pause);
            LookAt(_live.Now() + pause);
        }
        if (EndLook())
            Look();
    }

    // True where somebody asked for a look meanwhile.
    private bool EndLook()
    {
        lock (_gate)
        {
            _isLooking = false;
            var again = _lookAgain;
            _lookAgain = false;
            return again;
        }
    }

    /// <summary>Claims one batch; true where there may be more, and room for it.</summary>
    private async Task<bool> ClaimAsync()
    {
        var limit = Math.Min(_live.Room, _live.Options.ClaimBatch);
        if (limit <= 0 || _isStopped)
        {
            _backlog = true;
            return false;
        }
        var storedBefore = Volatile.Read(ref _pendingStored);
        var claimed = await _live.TakeAsync(new ClaimExecutions(_live.Now(), limit));
        // What was stored meanwhile the claim may not have seen; nothing may overtake it.
        _backlog = claimed.HasMore || storedBefore != Volatile.Read(ref _pendingStored);
        return _backlog;
    }
}

namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>
/// Processes of one language that take one call at a time, each of a size of memory. Some are kept for the next call; more are
/// started while calls wait longer than a short call takes. Empty until the first call, and again after a while without any.
/// </summary>
/// <param name="start">Starts one of a size, elsewhere; it tells when that one can take another call, or no more.</param>
/// <param name="kept">How many are kept when there is nothing to do, of all sizes together; 0: each call has one of its own.</param>
/// <param name="most">How many there may be.</param>
/// <param name="time">The clock.</param>
internal sealed class InterpreterPool(
    Func<int, Action<Interpreter, bool>, Interpreter> start, int kept, int most, TimeProvider time) : IDisposable
{
    /// <summary>How long they are kept after the last call.</summary>
    public static readonly TimeSpan MaxIdle = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Dictionary<Interpreter, int> _sizes = [];
    private readonly HashSet<Interpreter> _starting = [];
    // Whoever has had a call last is last.
    private readonly List<Interpreter> _idle = [];
    private readonly List<Waiter> _waiting = [];
    private ITimer? _timer;
    private bool _isClosed;

    /// <summary>How many there are, in use or not.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _sizes.Count;
        }
    }

    /// <summary>One that is the caller's until its call is over.</summary>
    public async ValueTask<Interpreter> TakeAsync(int size, CancellationToken cancellation)
    {
        var waiter = new Waiter(size);
        try
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                if (TakeIdle(size) is { } idle)
                    return idle;
                _waiting.Add(waiter);
                if (_sizes.Count < Math.Max(kept, 1))
                    Start(size);
            }
            var taken = waiter.Taken.Task;
            using var ending = cancellation.UnsafeRegister(static (waiter, token) => ((Waiter)waiter!).Taken.TrySetCanceled(token), waiter);
            while (await Task.WhenAny(taken, Task.Delay(Patience, TimeProvider.System, CancellationToken.None)) != taken)
                Grow(size);
            return await taken;
        }
        finally
        {
            lock (_gate)
                _waiting.Remove(waiter);
        }
    }

    /// <summary>Ends all of them.</summary>
    public void Dispose()
    {
        List<Interpreter> all;
        lock (_gate)
        {
            _isClosed = true;
            _timer?.Dispose();
            _idle.Clear();
            all = [.. _sizes.Keys];
        }
        all.ForEach(interpreter => interpreter.Dispose());
    }

    private Interpreter? TakeIdle(int size)
    {
        while (_idle.FindLastIndex(interpreter => _sizes[interpreter] == size) is var at and >= 0)
        {
            var idle = _idle[at];
            _idle.RemoveAt(at);
            if (!idle.IsOver)
                return idle;
            Drop(idle);
        }
        return null;
    }

    private void Grow(int size)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (!_starting.Any(interpreter => _sizes[interpreter] == size))
                Start(size);
        }
    }

    // What is kept for other calls makes room for one that waits.
    private void Start(int size)
    {
        if (_sizes.Count >= most && _idle.Count > 0)
            DropOldest();
        if (_sizes.Count >= most)
            return;
        var interpreter = start(size, Offer);
        _sizes.Add(interpreter, size);
        _starting.Add(interpreter);
    }

    // A process that is new, that has finished a call, or that has ended.
    private void Offer(Interpreter interpreter, bool isUsable)
    {
        lock (_gate)
        {
            // It was dropped before.
            if (!_sizes.TryGetValue(interpreter, out var size))
                return;
            var isNew = _starting.Remove(interpreter);
            if (isUsable && !_isClosed && (isNew || kept > 0))
            {
                if (!HandOver(interpreter, size))
                    Keep(interpreter);
                return;
            }
            _idle.Remove(interpreter);
            Drop(interpreter);
            // One that did not start is handed over all the same: it tells the call why.
            if (!interpreter.HasStarted)
                HandOver(interpreter, size);
        }
    }

    private bool HandOver(Interpreter interpreter, int size)
    {
        while (_waiting.Find(waiter => waiter.Size == size) is { } waiter)
        {
            _waiting.Remove(waiter);
            if (waiter.Taken.TrySetResult(interpreter))
                return true;
        }
        return false;
    }

    private void Keep(Interpreter interpreter)
    {
        _idle.Add(interpreter);
        if (_idle.Count > Math.Max(kept, 1))
            DropOldest();
        _timer ??= time.CreateTimer(static pool => ((InterpreterPool)pool!).Empty(), this, MaxIdle, Timeout.InfiniteTimeSpan);
        _timer.Change(MaxIdle, Timeout.InfiniteTimeSpan);
    }

    private void Empty()
    {
        lock (_gate)
        {
            while (_idle.Count > 0)
                DropOldest();
        }
    }

    private void DropOldest()
    {
        var oldest = _idle[0];
        _idle.RemoveAt(0);
        Drop(oldest);
    }

    // What it says from now on, of its end, is not heard.
    private void Drop(Interpreter interpreter)
    {
        _sizes.Remove(interpreter);
        interpreter.Dispose();
    }

    private sealed record Waiter(int Size)
    {
        public TaskCompletionSource<Interpreter> Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

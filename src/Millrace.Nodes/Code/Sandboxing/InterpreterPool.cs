namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>
/// Processes of one language that take one call at a time. Some are kept for the next call; more are started while calls wait
/// longer than a short
/// call takes. Empty until the first call, and again after a while without any.
/// </summary>
/// <param name="start">Starts one; it is told when that one can take another call, or no more.</param>
/// <param name="kept">How many are kept when there is nothing to do; 0: each call has one of its own.</param>
/// <param name="most">How many there may be.</param>
/// <param name="time">The clock.</param>
internal sealed class InterpreterPool(Func<Action<Interpreter, bool>, Interpreter> start, int kept, int most, TimeProvider time)
    : IDisposable
{
    private static readonly TimeSpan MaxIdle = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly Stack<Interpreter> _idle = new();
    private readonly Queue<TaskCompletionSource<Interpreter>> _waiting = new();
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private int _alive;
    private int _starting;
    private bool _isClosed;

    /// <summary>One that is the caller's until its call is over.</summary>
    public async ValueTask<Interpreter> TakeAsync(CancellationToken cancellation)
    {
        TaskCompletionSource<Interpreter> waiter;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _timer ??= time.CreateTimer(static pool => ((InterpreterPool)pool!).Empty(), this, Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
            _timer.Change(MaxIdle, Timeout.InfiniteTimeSpan);
            while (_idle.TryPop(out var idle))
            {
                if (idle.IsUsable)
                    return idle;
                idle.Dispose();
            }
            waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter);
            if (_alive < Math.Max(kept, 1))
                Start();
        }
        using var ending = cancellation.UnsafeRegister(static (waiter, token) =>
            ((TaskCompletionSource<Interpreter>)waiter!).TrySetCanceled(token), waiter);
        while (!waiter.Task.IsCompleted
            && await Task.WhenAny(waiter.Task, Task.Delay(Patience, TimeProvider.System, CancellationToken.None)) != waiter.Task)
            Grow();
        return await waiter.Task;
    }

    public void Dispose()
    {
        lock (_gate)
            _isClosed = true;
        Empty();
        _timer?.Dispose();
    }

    private void Grow()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0 && _starting == 0)
                Start();
        }
    }

    // Called under the gate. Starting happens elsewhere.
    private void Start()
    {
        if (_isClosed || _alive >= most)
            return;
        _alive++;
        _starting++;
        start(Offer);
    }

    // A process that is new, that has finished a call, or that has ended.
    private void Offer(Interpreter interpreter, bool isUsable)
    {
        lock (_gate)
        {
            if (interpreter.IsNew)
            {
                interpreter.IsNew = false;
                _starting--;
            }
            else if (kept == 0)
                isUsable = false;
            if (isUsable && !_isClosed && (HandOver(interpreter) || Keep(interpreter)))
                return;
            Forget(interpreter);
            // One that did not start is handed over all the same: it tells the call why.
            if (!isUsable && !interpreter.HasStarted && HandOver(interpreter))
                return;
            if (_waiting.Count > 0 && _starting == 0)
                Start();
        }
        interpreter.Dispose();
    }

    // Once, however often it is heard of.
    private void Forget(Interpreter interpreter)
    {
        if (interpreter.IsCounted)
            _alive--;
        interpreter.IsCounted = false;
    }

    private bool HandOver(Interpreter interpreter)
    {
        while (_waiting.TryDequeue(out var waiter))
        {
            if (waiter.TrySetResult(interpreter))
                return true;
        }
        return false;
    }

    private bool Keep(Interpreter interpreter)
    {
        if (_idle.Count >= Math.Max(kept, 1))
            return false;
        _idle.Push(interpreter);
        return true;
    }

    private void Empty()
    {
        lock (_gate)
        {
            while (_idle.TryPop(out var idle))
                idle.Dispose();
        }
    }
}

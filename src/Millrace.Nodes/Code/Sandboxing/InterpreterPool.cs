namespace Millrace.Nodes.Code.Sandboxing;

/// <summary>
/// Some interpreters that have started and wait for their one call. Empty until the first call, and again after a while without any.
/// </summary>
/// <param name="start">Starts one.</param>
/// <param name="size">How many interpreters are kept ready.</param>
/// <param name="time">The clock.</param>
internal sealed class InterpreterPool(Func<Interpreter> start, int size, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MaxIdle = TimeSpan.FromMinutes(5);

    private readonly Queue<Interpreter> _waiting = new();
    private readonly Lock _gate = new();
    private ITimer? _idle;
    private int _starting;
    private bool _isClosed;

    /// <summary>One that is the caller's alone; it disposes of it.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">None can be started.</exception>
    public Interpreter Take()
    {
        lock (_gate)
        {
            _idle ??=
                time.CreateTimer(static pool => ((InterpreterPool)pool!).Empty(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _idle.Change(MaxIdle, Timeout.InfiniteTimeSpan);
            Refill();
            while (_waiting.TryDequeue(out var waiting))
            {
                if (waiting.IsUsable)
                    return waiting;
                waiting.Dispose();
            }
        }
        return start();
    }

    public void Dispose()
    {
        lock (_gate)
            _isClosed = true;
        Empty();
        _idle?.Dispose();
    }

    // One more than wait, for the one that is about to be taken.
    private void Refill()
    {
        for (; !_isClosed && _waiting.Count + _starting <= size && size > 0; _starting++)
            ThreadPool.UnsafeQueueUserWorkItem(static pool => pool.Add(), this, preferLocal: false);
    }

    private void Add()
    {
        Interpreter? added = null;
        try
        {
            added = start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The call that needs one starts its own, and tells why that fails.
        }
        lock (_gate)
        {
            _starting--;
            if (added is not null && !_isClosed)
            {
                _waiting.Enqueue(added);
                return;
            }
        }
        added?.Dispose();
    }

    private void Empty()
    {
        lock (_gate)
        {
            while (_waiting.TryDequeue(out var waiting))
                waiting.Dispose();
        }
    }
}

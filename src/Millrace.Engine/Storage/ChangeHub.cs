namespace Millrace.Engine.Storage;

/// <summary>Hints within one process: for stores to keep, and for others to listen to.</summary>
public sealed class ChangeHub : IChanges
{
    private readonly Lock _gate = new();
    private readonly Action<Change>?[] _listeners = new Action<Change>?[Enum.GetValues<ChangeKind>().Length];

    /// <inheritdoc/>
    public IDisposable Listen(ChangeKind kind, Action<Change> listener)
    {
        lock (_gate)
            _listeners[(int)kind] += listener;
        return new Listening(this, kind, listener);
    }

    /// <summary>Gives a hint to those who listen for its kind.</summary>
    public void Publish(Change change) => Volatile.Read(ref _listeners[(int)change.Kind])?.Invoke(change);

    private void Remove(ChangeKind kind, Action<Change> listener)
    {
        lock (_gate)
            _listeners[(int)kind] -= listener;
    }

    private sealed class Listening(ChangeHub hub, ChangeKind kind, Action<Change> listener) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            // Once: the same listener may listen twice.
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                hub.Remove(kind, listener);
        }
    }
}

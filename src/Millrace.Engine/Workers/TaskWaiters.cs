namespace Millrace.Engine.Workers;

/// <summary>
/// The polls that wait for tasks. A task that comes wakes one of them, the one that has waited longest; where that one has left, the next. Losing a signal, with the
/// process or otherwise, loses no task: every poll looks into the store first.
/// </summary>
internal sealed class TaskWaiters(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Tenant, string Type), Queue> _queues = [];

    /// <summary>How many queues somebody waits in, or something is due in.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _queues.Count;
        }
    }

    /// <summary>Takes part in some queues. Dispose it.</summary>
    public Waiter Enter(string tenant, IReadOnlyList<string> types) => new(this, [.. types.Select(type => (tenant, type))]);

    /// <summary>There may be a task in a queue.</summary>
    public void Signal(string tenant, string type)
    {
        lock (_gate)
        {
            Wake((tenant, type));
        }
    }

    /// <summary>There may be a task in a queue at some time: that of a lease that runs out.</summary>
    public void SignalAt(string tenant, string type, DateTimeOffset due)
    {
        lock (_gate)
        {
            var queue = QueueOf((tenant, type));
            if (queue.Due <= due)
                return;
            queue.Due = due;
            var delay = due - time.GetUtcNow();
            // A wall clock that is set back must not make it longer than a lease can be.
            queue.Timer.Change(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private void Expired((string Tenant, string Type) key)
    {
        lock (_gate)
        {
            // It fired while it was removed.
            if (!_queues.TryGetValue(key, out var queue))
                return;
            queue.Due = DateTimeOffset.MaxValue;
            Wake(key);
            RemoveIfIdle(queue);
        }
    }

    private void Wake((string Tenant, string Type) key)
    {
        if (_queues.TryGetValue(key, out var queue) && queue.Waiting.First?.Value is { } first)
            first.Wake(key);
    }

    // Tenants and types come and go; what nobody waits for, and nothing is due in, is nothing to keep.
    private void RemoveIfIdle(Queue queue)
    {
        if (queue.Waiting.Count > 0 || queue.Due != DateTimeOffset.MaxValue)
            return;
        queue.Timer.Dispose();
        _queues.Remove(queue.Key);
    }

    private Queue QueueOf((string Tenant, string Type) key)
    {
        if (_queues.TryGetValue(key, out var queue))
            return queue;
        queue = new Queue(key, time.CreateTimer(_ => Expired(key), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        _queues.Add(key, queue);
        return queue;
    }

    /// <summary>The polls that wait for one type's tasks.</summary>
    internal sealed class Queue((string Tenant, string Type) key, ITimer timer)
    {
        public (string Tenant, string Type) Key { get; } = key;

        public LinkedList<Waiter> Waiting { get; } = [];

        public ITimer Timer { get; } = timer;

        /// <summary>When the timer fires.</summary>
        public DateTimeOffset Due { get; set; } = DateTimeOffset.MaxValue;
    }

    /// <summary>A poll that waits for a task.</summary>
    internal sealed class Waiter : IDisposable
    {
        private readonly TaskWaiters _all;
        private readonly (string Tenant, string Type)[] _keys;
        private readonly List<(Queue Queue, LinkedListNode<Waiter> Node)> _places = [];
        private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private (string Tenant, string Type)? _wokenBy;

        public Waiter(TaskWaiters all, (string Tenant, string Type)[] keys) => (_all, _keys) = (all, keys);

        /// <summary>From now on a task wakes it. Called before each look into the store, so that none falls in between.</summary>
        public void Listen()
        {
            lock (_all._gate)
            {
                Leave();
                _wokenBy = null;
                _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
                foreach (var key in _keys)
                {
                    var queue = _all.QueueOf(key);
                    _places.Add((queue, queue.Waiting.AddLast(this)));
                }
            }
        }

        /// <summary>Waits until there may be a task; false: time was up.</summary>
        public async Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellation)
        {
            try
            {
                await _woken.Task.WaitAsync(longest, _all.Time, cancellation);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        /// <summary>Leaves. Whoever woke it while it did not look any more wakes the next.</summary>
        public void Dispose()
        {
            lock (_all._gate)
            {
                Leave();
                if (_wokenBy is { } key)
                    _all.Wake(key);
            }
        }

        internal void Wake((string Tenant, string Type) key)
        {
            Leave();
            _wokenBy = key;
            _woken.TrySetResult();
        }

        private void Leave()
        {
            foreach (var (queue, node) in _places)
            {
                queue.Waiting.Remove(node);
                _all.RemoveIfIdle(queue);
            }
            _places.Clear();
        }
    }

    private TimeProvider Time => time;
}

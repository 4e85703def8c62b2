using System.Collections.Concurrent;
using System.Collections.Immutable;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Feed;

/// <summary>
/// Callers that wait for executions to end. Each has a registration of its own, which only its own disposal takes back: how one caller ends its
/// waiting never changes what another is told.
/// </summary>
internal sealed class EndWaiters
{
    private readonly ConcurrentDictionary<string, ImmutableArray<EndWaiter>> _waiters = new(StringComparer.Ordinal);

    /// <summary>How many executions somebody waits for.</summary>
    public int Count => _waiters.Count;

    /// <summary>The executions that somebody waits for, as far as there are any now.</summary>
    public IEnumerable<ExecutionKey> Awaited => _waiters.Values.Select(all => new ExecutionKey(all[0].Tenant, all[0].ExecutionId));

    /// <summary>Whether somebody waits for an execution.</summary>
    public bool IsAwaited(string executionId) => !_waiters.IsEmpty && _waiters.ContainsKey(executionId);

    /// <summary>Registers a caller. To miss nothing, look whether the execution has ended only after this.</summary>
    public EndWaiter Register(string tenant, string executionId)
    {
        var waiter = new EndWaiter(this, tenant, executionId);
        _waiters.AddOrUpdate(executionId, static (_, added) => [added], static (_, all, added) => all.Add(added), waiter);
        return waiter;
    }

    /// <summary>An execution has ended, and that is durable.</summary>
    public void Complete(ExecutionRecord record)
    {
        if (!_waiters.TryRemove(record.Id, out var all))
            return;
        foreach (var waiter in all)
            waiter.Source.TrySetResult(record);
    }

    /// <summary>This process will not hear how an execution ends.</summary>
    public void Abandon(string executionId)
    {
        if (!_waiters.TryRemove(executionId, out var all))
            return;
        foreach (var waiter in all)
            waiter.Source.TrySetCanceled();
    }

    private void Remove(EndWaiter waiter)
    {
        while (_waiters.TryGetValue(waiter.ExecutionId, out var all))
        {
            var rest = all.Remove(waiter);
            var isDone = rest.IsEmpty
                ? _waiters.TryRemove(KeyValuePair.Create(waiter.ExecutionId, all))
                : rest == all || _waiters.TryUpdate(waiter.ExecutionId, rest, all);
            if (isDone)
                return;
        }
    }

    /// <summary>One caller's registration. Dispose it when the waiting is over, however it ended.</summary>
    internal sealed class EndWaiter(EndWaiters owner, string tenant, string executionId) : IDisposable
    {
        public string Tenant { get; } = tenant;

        public string ExecutionId { get; } = executionId;

        public TaskCompletionSource<ExecutionRecord> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends with the execution; cancelled where this process lost it.</summary>
        public Task<ExecutionRecord> Ended => Source.Task;

        public void Dispose() => owner.Remove(this);
    }
}

using Microsoft.Extensions.Logging;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>
/// What an engine does so that its callers hear of executions that other nodes of the same store move on: those who follow them, and those who wait for
/// their ends. Hints say where to look. Hints are lost, so everybody looks now and then without one.
/// </summary>
internal sealed class SharedFeed : IAsyncDisposable
{
    private readonly LiveExecutions _live;
    private readonly ILogger _logger;
    private readonly BackgroundLoop _looks;
    private readonly IDisposable _journaled;
    private readonly IDisposable _ended;

    public SharedFeed(LiveExecutions live, ILogger logger)
    {
        (_live, _logger) = (live, logger);
        _journaled = live.Store.Changes.Listen(ChangeKind.Journaled, Journaled);
        _ended = live.Store.Changes.Listen(ChangeKind.ExecutionEnded, Ended);
        _looks = new BackgroundLoop("A look for what happens elsewhere", LookAsync, live.Options.PollInterval, live.Time, logger);
    }

    public async ValueTask DisposeAsync()
    {
        _journaled.Dispose();
        _ended.Dispose();
        await _looks.DisposeAsync();
    }

    // What is in memory here tells its followers itself, with its events, and its waiters.
    private void Journaled(Change change)
    {
        if (_live.Find(change.Id) is null)
            _live.Feed.CommittedElsewhere(change.Tenant, change.Id);
    }

    private void Ended(Change change)
    {
        if (_live.Waiters.IsAwaited(change.Id) && _live.Find(change.Id) is null)
            _live.Scheduler.Schedule(new Reading(this, new ExecutionKey(change.Tenant, change.Id)));
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        _live.Feed.LookAgain();
        foreach (var key in _live.Waiters.Awaited)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_live.Find(key.Id) is null)
                await ReadAsync(key);
        }
    }

    private async Task ReadAsync(ExecutionKey key)
    {
        try
        {
            var record = await _live.Store.ReadExecutionAsync(key.Tenant, key.Id);
            if (record is null)
                // It ended, and was deleted since.
                _live.Waiters.Abandon(key.Id);
            else if (record.Status.IsTerminal())
                _live.Waiters.Complete(record);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The next look finds it, and the other executions are looked at now.
            _logger.LogWarning(e, "Whether execution {ExecutionId} has ended elsewhere could not be read", key.Id);
        }
    }

    private sealed class Reading(SharedFeed owner, ExecutionKey key) : IThreadPoolWorkItem
    {
        public void Execute() => _ = owner.ReadAsync(key);
    }
}

using Microsoft.Extensions.Logging;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>
/// What an engine does where other nodes own executions of the same store: it takes in the messages that they leave for executions that are here,
/// as hints tell it, and now and then without one, because hints are lost; it claims where they made room; and it stops when it hears that it
/// was declared dead.
/// </summary>
internal sealed class SharedOwnership : IDisposable
{
    private readonly LiveExecutions _live;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly IDisposable _messages;
    private readonly IDisposable _room;
    private readonly CancellationTokenRegistration _lost;

    public SharedOwnership(LiveExecutions live, ClaimLoop claims, Action lost, ILogger logger)
    {
        (_live, _logger) = (live, logger);
        _timer = live.Time.CreateTimer(static state => _ = ((SharedOwnership)state!).LookAsync(), this, live.Options.PollInterval, Timeout.InfiniteTimeSpan);
        _messages = live.Store.Changes.Listen(ChangeKind.ExecutionWoken, change => live.Scheduler.Schedule(new Reading(this, new ExecutionKey(change.Tenant, change.Id))));
        _room = live.Store.Changes.Listen(ChangeKind.Room, _ => claims.Look());
        _lost = live.Store.Ownership.Lost.UnsafeRegister(static state => ((Action)state!)(), lost);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _messages.Dispose();
        _room.Dispose();
        _lost.Dispose();
    }

    private async Task LookAsync()
    {
        try
        {
            foreach (var key in await _live.Store.ListUnreadAsync())
                await _live.ReadMessagesAsync(key);
        }
        catch (StoreException e)
        {
            _logger.LogWarning(e, "Looking for messages from other nodes failed; the next look is in {Interval}", _live.Options.PollInterval);
        }
        _timer.Change(_live.Options.PollInterval, Timeout.InfiniteTimeSpan);
    }

    private async Task ReadAsync(ExecutionKey key)
    {
        try
        {
            await _live.ReadMessagesAsync(key);
        }
        catch (StoreException e)
        {
            // The next look finds them.
            _logger.LogWarning(e, "The messages of execution {ExecutionId} could not be read at once", key.Id);
        }
    }

    private sealed class Reading(SharedOwnership owner, ExecutionKey key) : IThreadPoolWorkItem
    {
        public void Execute() => _ = owner.ReadAsync(key);
    }
}

using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>
/// What an engine does where other nodes own executions of the same store: it takes in the messages that they leave for executions that are
/// here, as hints tell it; it claims where they made room; and it stops when it hears that it was declared dead.
/// </summary>
internal sealed class SharedOwnership : IDisposable
{
    private readonly LiveExecutions _live;
    private readonly IDisposable _messages;
    private readonly IDisposable _room;
    private readonly CancellationTokenRegistration _lost;

    public SharedOwnership(LiveExecutions live, ClaimLoop claims, Action lost)
    {
        _live = live;
        _messages = live.Store.Changes.Listen(ChangeKind.ExecutionWoken, Woken);
        _room = live.Store.Changes.Listen(ChangeKind.Room, _ => claims.Look());
        _lost = live.Store.Ownership.Lost.UnsafeRegister(static state => ((Action)state!)(), lost);
    }

    public void Dispose()
    {
        _messages.Dispose();
        _room.Dispose();
        _lost.Dispose();
    }

    private void Woken(Change change) => _live.Scheduler.Schedule(new Reading(_live, new ExecutionKey(change.Tenant, change.Id)));

    private sealed class Reading(LiveExecutions live, ExecutionKey key) : IThreadPoolWorkItem
    {
        public void Execute() => _ = live.TryReadMessagesAsync(key);
    }
}

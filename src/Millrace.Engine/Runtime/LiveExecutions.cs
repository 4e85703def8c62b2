using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Effects;
using Millrace.Engine.Feed;
using Millrace.Engine.History;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

/// <summary>The executions that this process holds in memory: brings them in from the store, and lets them go.</summary>
internal sealed partial class LiveExecutions(
    IStore store,
    Committer committer,
    EffectDispatcher effects,
    EngineScheduler scheduler,
    ExecutionHistory history,
    EventFeed feed,
    ILinkSource? links,
    TimeProvider time,
    EngineOptions options,
    IBlobStore? blobs,
    ILogger<LiveExecutions> logger)
{
    private readonly ConcurrentDictionary<string, Mailbox> _mailboxes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private int _count;

    /// <summary>Called when an execution was let go, with the time it wants to be claimed again; null: only a message wakes it.</summary>
    public Action<DateTimeOffset?> LetGo { get; set; } = _ => { };

    /// <summary>Called when a task was queued or has ended, with its tenant; must only hand over.</summary>
    public Action<string, WaitChange> TaskChanged { get; set; } = (_, _) => { };

    public IStore Store => store;

    /// <summary>The number under which this process owns executions.</summary>
    public long Epoch => store.Ownership.Epoch;

    public Committer Committer => committer;

    public EffectDispatcher Effects => effects;

    public EngineScheduler Scheduler => scheduler;

    public EventFeed Feed => feed;

    /// <summary>Callers that wait for an execution to end.</summary>
    public EndWaiters Waiters { get; } = new();

    public ILinkSource? Links => links;

    public TimeProvider Time => time;

    public EngineOptions Options => options;

    /// <summary>Whether some execution here handles something, or waits until something that it has decided is durable.</summary>
    public bool IsBusy => _mailboxes.Any(entry => entry.Value.IsBusy);

    /// <summary>How many more executions fit.</summary>
    public int Room => options.MaxResidentExecutions - Volatile.Read(ref _count);

    /// <summary>The time as it is recorded: whole milliseconds, so that it reads back as it was written.</summary>
    public DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    public Mailbox? Find(string executionId) => _mailboxes.GetValueOrDefault(executionId);

    /// <summary>Who hears of trouble.</summary>
    public ILogger Logger => logger;

    /// <summary>Begins a new execution.</summary>
    public async Task<(CommitResult Result, CreateExecution Creation)> CreateAsync(
        ExecutionRecord record,
        CompiledGraph graph,
        ExecutionStart start,
        Admission? admission,
        ExecutionValues values,
        IdempotencyKey? idempotency)
    {
        committer.ThrowIfBusy();
        var state = new ExecutionState(IdentityOf(record), graph, new RunLog());
        var mailbox = new Mailbox(this, state, record, values, new RunProjection(state, journalBytes: 0));
        Add(mailbox);
        var result = await mailbox.CreateAsync(start, admission, idempotency);
        return (result, mailbox.Creation!);
    }

    /// <summary>A mailbox's execution has ended.</summary>
    public void Ended(Mailbox mailbox, ExecutionRecord record)
    {
        Remove(mailbox);
        Waiters.Complete(record);
        LetGo(null);
    }

    /// <summary>A mailbox's execution waits in the store now.</summary>
    public void Slept(Mailbox mailbox, DateTimeOffset? due, bool hasInputs)
    {
        Remove(mailbox);
        LetGo(hasInputs ? Now() : due);
        if (hasInputs)
            WakeAsync(mailbox.Identity).RunOn(logger, mailbox.Identity.Id);
    }

    /// <summary>
    /// Lets go of a mailbox whose execution is in the store only, since limits hold it back, or nowhere. Called before anybody can claim it there.
    /// </summary>
    public void Forget(Mailbox mailbox) => Remove(mailbox);

    /// <summary>A mailbox's commit was refused (the outcome), failed, or could not even be prepared: what it holds is not what is stored.</summary>
    public void Lost(Mailbox mailbox, WriteOutcome? outcome, bool isNew, Exception? failure)
    {
        if (outcome is WriteOutcome.Throttled)
            return;
        Remove(mailbox);
        if (outcome is WriteOutcome.UnreadMessages)
        {
            ReloadAsync(mailbox.Identity, TimeSpan.Zero).RunOn(logger, mailbox.Identity.Id);
            return;
        }
        if (failure is not null)
            logger.LogError(failure, "A commit of execution {ExecutionId} failed; it is reloaded from the store", mailbox.Identity.Id);
        else if (outcome is WriteOutcome.Fenced)
            logger.LogWarning("Execution {ExecutionId} has another owner now", mailbox.Identity.Id);
        // Of one that is new there may be nothing to read: its caller is told that it failed.
        if (failure is not null && !IsStopping && !(isNew && failure is StoreException { RolledBack: true }))
            ReloadAsync(mailbox.Identity, StoreRetry).RunOn(logger, mailbox.Identity.Id);
        // Another node goes on with it, and is listened to: whoever waits for its end hears of that.
        var isElsewhere = outcome is WriteOutcome.Fenced && store.Ownership.IsShared && !isNew && !IsStopping;
        if (isElsewhere)
            feed.CommittedElsewhere(mailbox.Identity.Tenant, mailbox.Identity.Id);
        else if (isNew || failure is null || IsStopping)
            Waiters.Abandon(mailbox.Identity.Id);
    }

    /// <summary>Tells executions that a commit has left messages for them, and workers that it has left tasks.</summary>
    public void Tell(Mutation commit, CommitResult result)
    {
        var (messages, waits) = commit switch
        {
            AdvanceExecution advance => (advance.Messages, advance.Waits),
            CreateExecution create => (create.Messages, create.Waits),
            _ => ([], []),
        };
        foreach (var change in waits)
        {
            if (change is WaitChange.Queued or WaitChange.Finished)
                TaskChanged(commit.Tenant, change);
        }
        for (var index = 0; index < messages.Count && result is CommitResult.Sent sent; index++)
        {
            if (sent.Messages[index] is CommitResult.Appended appended && !IsStopping)
                TellAsync(messages[index], appended).RunOn(logger, messages[index].ExecutionId);
        }
    }

    /// <summary>Stops all mailboxes; what they hold is picked up at the next start.</summary>
    public void Stop()
    {
        _stopping.Cancel();
        foreach (var mailbox in _mailboxes.Values)
            mailbox.Stop();
    }

    private bool IsStopping => _stopping.IsCancellationRequested;

    // False: everything stops, and what was to be done after the pause is left.
    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, time, _stopping.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    // A mailbox that is there already has let go of the execution, or it could not have been claimed; it only has not heard of that yet.
    // What was posted to it is in the inbox, which is read after this.
    private void Add(Mailbox mailbox)
    {
        var isNew = true;
        _mailboxes.AddOrUpdate(mailbox.Identity.Id, mailbox, (_, _) =>
        {
            isNew = false;
            return mailbox;
        });
        if (isNew)
            Interlocked.Increment(ref _count);
    }

    // One that was never set going.
    private void Discard(Mailbox? mailbox)
    {
        if (mailbox is null)
            return;
        Remove(mailbox);
        mailbox.Stop();
    }

    private void Remove(Mailbox mailbox)
    {
        if (_mailboxes.TryRemove(KeyValuePair.Create(mailbox.Identity.Id, mailbox)))
            Interlocked.Decrement(ref _count);
    }

    private static ExecutionIdentity IdentityOf(ExecutionRecord record) => new(record.Tenant, record.Id, record.WorkflowId, record.Version);
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Events;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>The executions that this process holds in memory: brings them in from the store, and lets them go.</summary>
internal sealed class LiveExecutions(
    IStore store,
    Committer committer,
    EffectDispatcher effects,
    EngineScheduler scheduler,
    ExecutionHistory history,
    LiveEvents live,
    ILinkSource? links,
    TimeProvider time,
    EngineOptions options,
    IBlobStore? blobs,
    ILogger<LiveExecutions> logger)
{
    private readonly ConcurrentDictionary<string, Mailbox> _mailboxes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ExecutionRecord>> _waiters = new(StringComparer.Ordinal);
    private int _count;
    private volatile bool _isStopping;

    /// <summary>Called when an execution was let go, with the time it wants to be claimed again; null: only a message wakes it.</summary>
    public Action<DateTimeOffset?> LetGo { get; set; } = _ => { };

    public IStore Store => store;

    public Committer Committer => committer;

    public EffectDispatcher Effects => effects;

    public EngineScheduler Scheduler => scheduler;

    public LiveEvents Live => live;

    public ILinkSource? Links => links;

    public TimeProvider Time => time;

    public EngineOptions Options => options;

    /// <summary>How many more executions fit.</summary>
    public int Room => options.MaxResidentExecutions - Volatile.Read(ref _count);

    /// <summary>The time as it is recorded: whole milliseconds, so that it reads back as it was written.</summary>
    public DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    public Mailbox? Find(string executionId) => _mailboxes.GetValueOrDefault(executionId);

    /// <summary>A message for an execution, what is large of it in the blob store.</summary>
    /// <exception cref="StoreException">That cannot be written.</exception>
    public AppendInbox ToInbox(string tenant, string executionId, string kind, Value payload, IdempotencyKey? idempotency = null, int limit = 0, ImmutableArray<ExecutionStatus> statuses = default)
    {
        var values = new ExecutionValues(blobs, tenant);
        var stored = new JsonText(values.ToUtf8(payload));
        return new AppendInbox(tenant, executionId, kind, stored, Now()) { Idempotency = idempotency, Limit = limit, Statuses = statuses, Blobs = values.TakeKept() };
    }

    /// <summary>Begins a new execution.</summary>
    public async Task<(WriteOutcome Outcome, CreateExecution Creation)> CreateAsync(ExecutionRecord record, CompiledGraph graph, ExecutionStart start, Admission? admission, ExecutionValues values, IdempotencyKey? idempotency)
    {
        var mailbox = new Mailbox(this, new ExecutionState(IdentityOf(record), graph), record, values);
        Add(mailbox);
        try
        {
            var outcome = await mailbox.CreateAsync(start, admission, idempotency);
            return (outcome, mailbox.Creation!);
        }
        catch (StoreException) when (mailbox.Creation is null)
        {
            // A large value could not be stored: nothing was submitted.
            Remove(mailbox);
            throw;
        }
    }

    /// <summary>A task that ends with the execution. Ask before it can end.</summary>
    public Task<ExecutionRecord> WhenEnded(string executionId) =>
        _waiters.GetOrAdd(executionId, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void ForgetWaiter(string executionId) => _waiters.TryRemove(executionId, out _);

    /// <summary>Takes a claimed execution in: folds its journal, and goes on where it stood.</summary>
    public async Task ActivateAsync(ExecutionRecord record)
    {
        Mailbox? mailbox = null;
        try
        {
            var values = new ExecutionValues(blobs, record.Tenant);
            var state = await history.ReadStateAsync(record, values);
            options.Reached?.Invoke(CrashPoint.Folded);
            if (state.Seq != record.Seq)
            {
                // Somebody has gone on with it since its row was read: whoever owns it now knows better.
                _ = ReloadAsync(IdentityOf(record));
                return;
            }
            mailbox = new Mailbox(this, state, record, values);
            Add(mailbox);
            // After it is findable: a message that arrives from now on is posted, one that came before is read here. Messages go
            // first, so that a cancel keeps effects from being started again. All is read before anything is posted: here a part that is
            // missing on the disk can still be told.
            var messages = await store.ReadInboxAsync(record.Tenant, record.Id);
            var arrived = new List<MessageArrived>(messages.Count);
            foreach (var message in messages)
            {
                arrived.Add(new MessageArrived(message, await GraphOf(record, message), IsRead: true));
                MachineMessages.Read(message, arrived[^1].Graph, values);
            }
            var first = new MachineTurn(state.Seq == 0 ? new StartInput(StartRequest.ReadStart(record.Request, values)) : RecoveredInput.Instance);
            foreach (var message in arrived)
                mailbox.Post(message);
            mailbox.Post(first);
            mailbox.Post(TimerFired.Instance);
        }
        catch (StoreException e)
        {
            Discard(mailbox);
            // The store's trouble is not the execution's fault.
            if (_isStopping)
                return;
            logger.LogError(e, "Execution {ExecutionId} could not be read; trying again", record.Id);
            _ = ReloadAsync(IdentityOf(record));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Discard(mailbox);
            logger.LogError(e, "Execution {ExecutionId} of workflow {WorkflowId} version {Version} cannot be loaded; it is failed", record.Id, record.WorkflowId, record.Version);
            await FailUnloadableAsync(record, e);
        }
    }

    /// <summary>A mailbox's execution has ended.</summary>
    public void Ended(Mailbox mailbox, ExecutionRecord record)
    {
        Remove(mailbox);
        if (_waiters.TryRemove(record.Id, out var waiter))
            waiter.TrySetResult(record);
        LetGo(null);
    }

    /// <summary>A mailbox's execution waits in the store now.</summary>
    public void Slept(Mailbox mailbox, DateTimeOffset? due, bool hasInputs)
    {
        Remove(mailbox);
        LetGo(hasInputs ? Now() : due);
        if (hasInputs)
            _ = WakeAsync(mailbox.Identity);
    }

    /// <summary>Limits hold a new execution back: it is in the store only. Called before anybody can claim it there.</summary>
    public void HeldBack(Mailbox mailbox) => Remove(mailbox);

    /// <summary>A mailbox's commit was refused or failed, or could not even be prepared (null): what it holds is not what is stored.</summary>
    public void Lost(Mailbox mailbox, Write? commit, Exception? failure)
    {
        if (commit is { Outcome: WriteOutcome.HeldBack })
            return;
        Remove(mailbox);
        if (failure is not null)
            logger.LogError(failure, "A commit of execution {ExecutionId} failed; it is folded again from the store", mailbox.Identity.Id);
        else if (commit?.Outcome == WriteOutcome.Fenced)
            logger.LogWarning("Execution {ExecutionId} belongs to somebody else now", mailbox.Identity.Id);
        // Of one that is new there may be nothing to read: its caller is told that it failed.
        var isNew = commit is CreateExecution;
        if (failure is not null && !_isStopping && !(isNew && failure is StoreException { RolledBack: true }))
            _ = ReloadAsync(mailbox.Identity);
        if ((isNew || failure is null || _isStopping) && _waiters.TryRemove(mailbox.Identity.Id, out var waiter))
            waiter.TrySetCanceled();
    }

    /// <summary>Tells executions that a commit has left messages for them.</summary>
    public void Tell(Write commit)
    {
        var messages = commit switch
        {
            AdvanceExecution advance => advance.Messages,
            CreateExecution create => create.Messages,
            _ => [],
        };
        foreach (var message in messages)
        {
            if (message.Outcome == WriteOutcome.Done && !_isStopping)
                _ = TellAsync(message);
        }
    }

    /// <summary>Tells an execution of a message that is stored for it.</summary>
    public async Task TellAsync(AppendInbox message)
    {
        try
        {
            var stored = new InboxMessage(message.MessageId, message.Kind, message.Payload, message.ReceivedAt);
            var mailbox = Find(message.ExecutionId);
            var graph = mailbox is null ? null : await GraphOf(mailbox.Identity, stored);
            if (mailbox?.Post(new MessageArrived(stored, graph, IsRead: false)) != true && !_isStopping)
                await WakeAsync(new ExecutionIdentity(message.Tenant, message.ExecutionId, "", 0));
        }
        catch (StoreException e)
        {
            // It is stored, and its execution is due: the next look finds it.
            logger.LogWarning(e, "Execution {ExecutionId} could not be woken at once", message.ExecutionId);
            LetGo(Now() + TimeSpan.FromSeconds(1));
        }
    }

    private ValueTask<CompiledGraph?> GraphOf(ExecutionRecord record, InboxMessage message) => GraphOf(IdentityOf(record), message);

    private async ValueTask<CompiledGraph?> GraphOf(ExecutionIdentity identity, InboxMessage message) =>
        MachineMessages.VersionOf(message) is { } version ? await history.GraphAsync(identity, version) : null;

    /// <summary>Claims one execution although it may not be due, because something came for it.</summary>
    public Task WakeAsync(ExecutionIdentity identity) => TakeAsync(new ClaimExecutions(Now(), 1) { ExecutionId = identity.Id });

    /// <summary>Claims executions, and takes them in.</summary>
    /// <exception cref="StoreException">They could not be claimed, or whether they were is unknown.</exception>
    public async Task TakeAsync(ClaimExecutions claim)
    {
        try
        {
            await committer.WriteAsync(claim);
        }
        catch (StoreException e) when (!e.RolledBack)
        {
            // If it was done after all, they are ours, and nobody will ever claim them.
            foreach (var record in claim.Claimed)
                _ = ReloadAsync(IdentityOf(record));
            throw;
        }
        foreach (var record in claim.Claimed)
            await ActivateAsync(record);
    }

    /// <summary>Stops all mailboxes; what they hold is picked up at the next start.</summary>
    public void Stop()
    {
        _isStopping = true;
        foreach (var mailbox in _mailboxes.Values)
            mailbox.Stop();
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

    private async Task ReloadAsync(ExecutionIdentity identity)
    {
        // The store was in trouble a moment ago.
        await Task.Delay(TimeSpan.FromSeconds(1), time);
        if (_isStopping || Find(identity.Id) is not null)
            return;
        try
        {
            if (await store.ReadExecutionAsync(identity.Tenant, identity.Id) is { } record && record.Owner == store.Epoch)
                await ActivateAsync(record);
        }
        catch (StoreException e)
        {
            logger.LogError(e, "Execution {ExecutionId} could not be read again; trying on", identity.Id);
            _ = ReloadAsync(identity);
        }
    }

    private async Task FailUnloadableAsync(ExecutionRecord record, Exception cause)
    {
        var error = new ExecutionError("unloadable", $"The execution could not be loaded: {cause.Message}");
        var now = Now();
        var write = UnloadableExecution.Fail(record, error, store.Epoch, now);
        if (await committer.WriteAsync(write) != WriteOutcome.Done)
            logger.LogError("Execution {ExecutionId} could not be failed either", record.Id);
        if (_waiters.TryRemove(record.Id, out var waiter) && await store.ReadExecutionAsync(record.Tenant, record.Id) is { } failed)
            waiter.TrySetResult(failed);
    }

    private static ExecutionIdentity IdentityOf(ExecutionRecord record) => new(record.Tenant, record.Id, record.WorkflowId, record.Version);
}

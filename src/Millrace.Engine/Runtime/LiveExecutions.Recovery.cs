using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

// From the store into memory: after a wait, a restart, or a commit of which nobody knows what became.
internal sealed partial class LiveExecutions
{
    // How long a store that was in trouble a moment ago is left alone.
    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(1);

    /// <summary>Claims one execution although it may not be due, because something came for it.</summary>
    public Task WakeAsync(ExecutionIdentity identity) => TakeAsync(new ClaimExecutions(Now(), 1) { ExecutionId = identity.Id });

    /// <summary>Claims executions, and takes them in.</summary>
    /// <exception cref="StoreException">They could not be claimed, or whether they were is unknown.</exception>
    public async Task<CommitResult.Claimed> TakeAsync(ClaimExecutions claim)
    {
        var answer = new CommitAnswer();
        committer.Submit(claim, answer);
        try
        {
            await answer.Task;
        }
        catch (StoreException e) when (!e.RolledBack)
        {
            // If it was done after all, they are ours, and nobody will ever claim them.
            foreach (var record in (answer.Uncertain as CommitResult.Claimed)?.Executions ?? [])
                ReloadAsync(IdentityOf(record), StoreRetry).RunOn(logger, record.Id);
            throw;
        }
        var claimed = (CommitResult.Claimed)await answer.Task;
        foreach (var record in claimed.Executions)
            await ActivateAsync(record);
        return claimed;
    }

    /// <summary>Takes a claimed execution in: folds its journal, and goes on where it stood.</summary>
    public async Task ActivateAsync(ExecutionRecord record)
    {
        Mailbox? mailbox = null;
        try
        {
            var values = new ExecutionValues(blobs, record.Tenant);
            var (state, runs) = await history.ReadToGoOnAsync(record, values);
            options.Reached?.Invoke(CrashPoint.Folded);
            if (state.Seq != record.Seq)
            {
                // Somebody has gone on with it since its row was read: whoever owns it now knows better.
                ReloadAsync(IdentityOf(record), StoreRetry).RunOn(logger, record.Id);
                return;
            }
            mailbox = new Mailbox(this, state, record, values, runs);
            mailbox.BeginReading();
            Add(mailbox);
            // After it is findable: a message that arrives from now on is posted, one that came before is read here. Messages go
            // first, so that a cancel keeps effects from being started again. All is read before anything is posted: here a part that is
            // missing on the disk can still be told.
            var arrived = await ReadInboxAsync(record);
            MachineInput first = state.Seq == 0
                ? new StartInput(await StartRequest.ReadStartAsync(record.Request, values))
                : RecoveredInput.Instance;
            foreach (var message in arrived)
                mailbox.Post(message);
            mailbox.EndReading(hasPosted: arrived.Count > 0);
            mailbox.Post(new ExecutionBegins(first));
            mailbox.Post(TimerFired.Instance);
        }
        catch (StoreException e)
        {
            Discard(mailbox);
            // The store's trouble is not the execution's fault.
            if (IsStopping)
                return;
            logger.LogError(e, "Execution {ExecutionId} could not be read; trying again", record.Id);
            ReloadAsync(IdentityOf(record), StoreRetry).RunOn(logger, record.Id);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Discard(mailbox);
            logger.LogError(
                e, "Execution {ExecutionId} of workflow {WorkflowId} version {Version} cannot be loaded; it is ended", record.Id, record.WorkflowId, record.Version);
            await EndUnloadableAsync(record, e);
        }
    }

    private async Task ReloadAsync(ExecutionIdentity identity, TimeSpan delay)
    {
        if (!await PauseAsync(delay))
            return;
        if (Find(identity.Id) is { } mailbox)
        {
            feed.CommittedElsewhere(identity.Tenant, identity.Id);
            // One that is about to leave does not go on with an execution that was claimed once more meanwhile.
            if (mailbox.IsLeaving)
                ReloadAsync(identity, StoreRetry).RunOn(logger, identity.Id);
            return;
        }
        try
        {
            var record = await store.ReadExecutionAsync(identity.Tenant, identity.Id);
            // Nobody was told of what a commit has written whose outcome was lost: who follows it finds that in the store.
            feed.CommittedElsewhere(identity.Tenant, identity.Id);
            if (record?.Owner == Epoch)
                await ActivateAsync(record);
            // The commit of which nobody knew what became was its last one.
            else if (record?.Status.IsTerminal() == true)
                Waiters.Complete(record);
        }
        catch (StoreException e)
        {
            logger.LogError(e, "Execution {ExecutionId} could not be reloaded; retrying", identity.Id);
            ReloadAsync(identity, StoreRetry).RunOn(logger, identity.Id);
        }
    }

    private async Task EndUnloadableAsync(ExecutionRecord record, Exception cause)
    {
        var error = new ExecutionError("unloadable", $"The execution could not be loaded: {cause.Message}");
        try
        {
            var unloadable = new UnloadableExecution(record with { Owner = Epoch }, error, Now())
            {
                Inbox = await store.ReadInboxAsync(record.Tenant, record.Id),
                ToParent = await FindParentAsync(record) is { } parent ? await ToParentAsync(record, parent, error) : null,
            };
            var end = unloadable.End();
            var answer = new CommitAnswer();
            committer.Submit(end, answer);
            var result = await answer.Task;
            if (result.Outcome != WriteOutcome.Done)
            {
                logger.LogError("Execution {ExecutionId} could not be ended either: {Outcome}", record.Id, result.Outcome);
                return;
            }
            var events = end.Entry!.Value.Events.Utf8.Span;
            feed.Committed(IdentityOf(record), events, JournalText.Marks(events));
            Tell(end, result);
            LetGo(null);
            if (await store.ReadExecutionAsync(record.Tenant, record.Id) is { } ended)
                Waiters.Complete(ended);
        }
        catch (StoreException e) when (!IsStopping)
        {
            logger.LogError(e, "Execution {ExecutionId} could not be ended; trying again", record.Id);
            ReloadAsync(IdentityOf(record), StoreRetry).RunOn(logger, record.Id);
        }
    }

    private ValueTask<AppendInbox> ToParentAsync(ExecutionRecord record, ParentLink parent, ExecutionError error)
    {
        var message = parent.EndMessage(record.Id, Value.Null, error);
        return ToInboxAsync(record.Tenant, message.ExecutionId, message.Kind, message.Payload);
    }

    // It is in what is left of the journal, if that much is left.
    private async Task<ParentLink?> FindParentAsync(ExecutionRecord record)
    {
        if (record.ParentId is null)
            return null;
        try
        {
            return (await history.ReadStartAsync(record)).Parent;
        }
        catch (Exception e) when (e is not (StoreException or OutOfMemoryException))
        {
            logger.LogError(e, "Execution {ParentId} does not learn that execution {ExecutionId} has ended: which of its nodes waits cannot be read", record.ParentId, record.Id);
            return null;
        }
    }
}

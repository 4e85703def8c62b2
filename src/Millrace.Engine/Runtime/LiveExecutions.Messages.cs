using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

// Messages for executions: how they are written, and how they come from the store to the mailboxes.
internal sealed partial class LiveExecutions
{
    // What is damaged or missing mostly stays so. A read may still fail once although nothing is wrong with what it reads.
    private const int MaxDamagedReads = 3;

    /// <summary>A message for an execution, what is large of it in the blob store.</summary>
    /// <exception cref="StoreException">That cannot be written.</exception>
    public async ValueTask<AppendInbox> ToInboxAsync(
        string tenant,
        string executionId,
        string kind,
        Value payload,
        IdempotencyKey? idempotency = null,
        int limit = 0,
        ImmutableArray<ExecutionStatus> statuses = default)
    {
        var values = new ExecutionValues(blobs, tenant);
        var stored = new JsonText(values.ToUtf8(payload));
        await values.StoreAsync();
        return new AppendInbox(tenant, executionId, kind, stored, Now())
        {
            Idempotency = idempotency,
            Limit = limit,
            Statuses = statuses,
            Blobs = values.TakeKept(),
        };
    }

    /// <summary>A message of an execution to another one.</summary>
    /// <param name="tenant">Whose they are.</param>
    /// <param name="message">The message.</param>
    /// <param name="pending">Takes what is large of it, to be stored before the message is.</param>
    public AppendInbox ToInbox(string tenant, OutgoingMessage message, PendingBlobs pending)
    {
        var values = new ExecutionValues(blobs, tenant, pending);
        var stored = new JsonText(values.ToUtf8(message.Payload));
        return new AppendInbox(tenant, message.ExecutionId, message.Kind, stored, Now()) { Blobs = values.TakeKept() };
    }

    /// <summary>Tells an execution of a message that is stored for it.</summary>
    public async Task TellAsync(AppendInbox message, CommitResult.Appended appended)
    {
        try
        {
            var stored = new InboxMessage(appended.MessageId, message.Kind, message.Payload, message.ReceivedAt);
            var mailbox = Find(message.ExecutionId);
            if (mailbox?.Post(await ArrivedAsync(mailbox.Identity, stored, isRead: false)) != true && !IsStopping)
                await WakeAsync(new ExecutionIdentity(message.Tenant, message.ExecutionId, "", 0));
        }
        catch (StoreException e)
        {
            // It is stored, and its execution is due: the next look finds it.
            logger.LogWarning(e, "Execution {ExecutionId} could not be woken immediately", message.ExecutionId);
            LetGo(Now() + TimeSpan.FromSeconds(1));
        }
    }

    private async Task ReadMessagesAsync(ExecutionKey key)
    {
        // Found before it is read: what is in the inbox then, this mailbox alone can have taken in, and it knows which.
        if (Find(key.Id) is not { } mailbox)
            return;
        var hasPosted = false;
        mailbox.BeginReading();
        try
        {
            foreach (var message in await store.ReadInboxAsync(key.Tenant, key.Id))
            {
                mailbox.Post(await ArrivedAsync(mailbox.Identity, message, isRead: true));
                hasPosted = true;
            }
        }
        finally
        {
            mailbox.EndReading(hasPosted);
        }
    }

    /// <summary>Takes in the messages of all executions that are here, as far as they were left without anybody here being told.</summary>
    /// <exception cref="StoreException">Which executions have messages cannot be read.</exception>
    public async Task ReadUnreadAsync(CancellationToken cancellation)
    {
        foreach (var key in await store.ListUnreadAsync(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            await TryReadMessagesAsync(key);
        }
    }

    /// <summary>Takes in the messages of an execution that is here, as far as they can be read now.</summary>
    public async Task TryReadMessagesAsync(ExecutionKey key)
    {
        try
        {
            await ReadMessagesAsync(key);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The next look finds them, and those of other executions are read now.
            logger.LogWarning(e, "The messages of execution {ExecutionId} could not be read at once", key.Id);
        }
    }

    /// <summary>
    /// Reads a message again that could not be read, until it can be, or is known to be damaged: then its mailbox is told. What belongs to
    /// the execution otherwise goes on meanwhile.
    /// </summary>
    public void ReadAgain(Mailbox mailbox, MessageArrived unread) => ReadAgainAsync(mailbox, unread).RunOn(logger, mailbox.Identity.Id);

    private async Task ReadAgainAsync(Mailbox mailbox, MessageArrived unread)
    {
        var backoff = new Backoff(Backoff.Most);
        var damaged = 0;
        while (unread.Failure is { } failure)
        {
            if (failure is not StoreException && ++damaged == MaxDamagedReads)
                break;
            var pause = backoff.Next();
            logger.LogError(
                failure,
                "Message {MessageId} of execution {ExecutionId} could not be read; trying again in {Pause}",
                unread.Message.Id,
                mailbox.Identity.Id,
                pause);
            if (!await PauseAsync(pause) || mailbox.IsGone)
                return;
            unread = await ArrivedAsync(mailbox.Identity, unread.Message, unread.IsRead);
        }
        mailbox.Post(new MessageRead(unread));
    }

    private async Task<List<MessageArrived>> ReadInboxAsync(ExecutionRecord record)
    {
        var messages = await store.ReadInboxAsync(record.Tenant, record.Id);
        var arrived = new List<MessageArrived>(messages.Count);
        foreach (var message in messages)
        {
            arrived.Add(await ArrivedAsync(IdentityOf(record), message, isRead: true));
            if (arrived[^1].Failure is { } failure)
                ExceptionDispatchInfo.Throw(failure);
        }
        return arrived;
    }

    // A mailbox reads no disk in its turn: what is large of a message comes with it.
    private async ValueTask<MessageArrived> ArrivedAsync(ExecutionIdentity identity, InboxMessage message, bool isRead)
    {
        var arrived = new MessageArrived(message, Graph: null, isRead);
        if (message.Payload.IsEmpty)
            return arrived;
        try
        {
            var graph = MachineMessages.VersionOf(message) is { } version ? await history.GraphAsync(identity, version) : null;
            var values = new ExecutionValues(blobs, identity.Tenant);
            return arrived with { Graph = graph, Payload = await values.ReadAsync(message.Payload.Utf8), Values = values };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return arrived with { Failure = e };
        }
    }
}

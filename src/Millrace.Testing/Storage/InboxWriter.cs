using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Leaves messages for executions.</summary>
internal sealed class InboxWriter(MemoryStoreData data)
{
    public CommitResult Apply(AppendInbox append)
    {
        if (data.Find(append.Tenant, append.ExecutionId) is not { } row)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (row.Record.Status.IsTerminal())
            return CommitResult.Refused(WriteOutcome.Terminal);
        if (!append.Statuses.IsDefault && !append.Statuses.Contains(row.Record.Status))
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (append.Limit > 0 && row.Signals + row.Inbox.Count(message => string.Equals(message.Kind, append.Kind, StringComparison.Ordinal)) >= append.Limit)
            return CommitResult.Refused(WriteOutcome.Full);

        var messageId = ++data.LastMessage;
        row.Inbox.Add(new InboxMessage(messageId, append.Kind, append.Payload, append.ReceivedAt));
        data.RememberBlobs(append.ExecutionId, append.Blobs);
        // One that is owned has somebody who is told, and who cannot let go without seeing the message.
        if (row.Record.Owner == 0 && (row.Record.PendingReason is null || string.Equals(append.Kind, InboxMessage.Cancel, StringComparison.Ordinal)))
            row.Record = row.Record with { WakeAt = DateTimeOffset.UnixEpoch };
        return new CommitResult.Appended(messageId);
    }

    /// <summary>Leaves messages with a commit; each that is refused is dropped. What becomes of the commit, which has nothing else to say.</summary>
    public CommitResult Apply(IReadOnlyList<AppendInbox> messages) =>
        messages.Count == 0 ? CommitResult.Done : new CommitResult.Sent([.. messages.Select(Apply)]);
}

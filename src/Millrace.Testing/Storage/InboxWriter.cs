using System.Globalization;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>Leaves messages for executions.</summary>
internal sealed class InboxWriter(MemoryStoreData data)
{
    public WriteOutcome Apply(AppendInbox append)
    {
        if (data.Find(append.Tenant, append.ExecutionId) is not { } row)
            return WriteOutcome.NotFound;
        if (row.Record.Status.IsTerminal())
            return WriteOutcome.Terminal;
        if (!append.Statuses.IsDefault && !append.Statuses.Contains(row.Record.Status))
            return WriteOutcome.Conflict;
        if (append.Limit > 0 && row.Signals + row.Inbox.Count(message => string.Equals(message.Kind, append.Kind, StringComparison.Ordinal)) >= append.Limit)
            return WriteOutcome.Full;

        append.MessageId = ++data.LastMessage;
        append.ResourceId = append.MessageId.ToString(CultureInfo.InvariantCulture);
        row.Inbox.Add(new InboxMessage(append.MessageId, append.Kind, append.Payload, append.ReceivedAt));
        data.RememberBlobs(append.ExecutionId, append.Blobs);
        // One that is owned has somebody who is told, and who cannot let go without seeing the message.
        if (row.Record.Owner == 0 && (row.Record.PendingReason is null || string.Equals(append.Kind, InboxMessage.Cancel, StringComparison.Ordinal)))
            row.Record = row.Record with { WakeAt = DateTimeOffset.UnixEpoch };
        return WriteOutcome.Done;
    }

    /// <summary>Leaves messages with a commit; each that is refused is dropped.</summary>
    public void Apply(IReadOnlyList<AppendInbox> messages)
    {
        foreach (var message in messages)
            message.Outcome = Apply(message);
    }
}

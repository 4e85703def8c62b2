using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Leaves messages for executions.</summary>
internal sealed class InboxAppender(Connection connection)
{
    private readonly BlobReferenceWriter _blobs = new(connection);

    private readonly Statement _find = connection.Prepare("select status from executions where id = ? and tenant = ?");

    private readonly Statement _insert = connection.Prepare(
        "insert into inbox (execution_id, kind, payload, received_at) values (?, ?, ?, ?)");

    private readonly Statement _count = connection.Prepare("""
        select (select count(*) from inbox where execution_id = ?1 and kind = ?2)
             + coalesce((select signals from execution_data where execution_id = ?1), 0)
        """);

    // One that is owned has somebody who is told, and who cannot let go without seeing the message.
    private readonly Statement _wake = connection.Prepare("update executions set wake_at = 0 where id = ? and owner = 0");

    private readonly Statement _heldBack = connection.Prepare("select 1 from held_back where execution_id = ?");

    public CommitResult Apply(AppendInbox append)
    {
        if (Find(append) is not { } status)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (status.IsTerminal())
            return CommitResult.Refused(WriteOutcome.Terminal);
        if (!append.Statuses.IsDefault && !append.Statuses.Contains(status))
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (append.Limit > 0 && Waiting(append) >= append.Limit)
            return CommitResult.Refused(WriteOutcome.Full);

        _insert.Bind(append.ExecutionId).Bind(append.Kind).Bind(append.Payload).Bind(append.ReceivedAt).Run();
        var messageId = connection.LastInsertId;
        _blobs.Add(append.ExecutionId, append.Blobs);
        if (string.Equals(append.Kind, InboxMessage.Cancel, StringComparison.Ordinal) || !IsThrottled(append.ExecutionId))
            _wake.Bind(append.ExecutionId).Run();
        return new CommitResult.Appended(messageId);
    }

    private bool IsThrottled(string executionId)
    {
        var isThrottled = _heldBack.Bind(executionId).Step();
        _heldBack.Reset();
        return isThrottled;
    }

    /// <summary>Leaves messages with a commit; each that is refused is dropped. What becomes of the commit, which has nothing else to say.</summary>
    public CommitResult Apply(IReadOnlyList<AppendInbox> messages)
    {
        if (messages.Count == 0)
            return CommitResult.Done;
        var results = new CommitResult[messages.Count];
        for (var index = 0; index < results.Length; index++)
            results[index] = Apply(messages[index]);
        return new CommitResult.Sent(results);
    }

    private long Waiting(AppendInbox append)
    {
        _count.Bind(append.ExecutionId).Bind(append.Kind).Step();
        var count = _count.Long(0);
        _count.Reset();
        return count;
    }

    private ExecutionStatus? Find(AppendInbox append)
    {
        _find.Bind(append.ExecutionId).Bind(append.Tenant);
        var status = _find.Step() ? StatusNames.ParseExecution(_find.Text(0)) : null;
        _find.Reset();
        return status;
    }
}

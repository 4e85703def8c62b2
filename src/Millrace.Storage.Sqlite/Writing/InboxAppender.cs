using System.Globalization;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
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

    public WriteOutcome Apply(AppendInbox append)
    {
        if (Find(append) is not { } status)
            return WriteOutcome.NotFound;
        if (status.IsTerminal())
            return WriteOutcome.Terminal;
        if (append.Limit > 0 && Waiting(append) >= append.Limit)
            return WriteOutcome.Full;

        _insert.Bind(append.ExecutionId).Bind(append.Kind).Bind(append.Payload).Bind(append.ReceivedAt).Run();
        append.MessageId = connection.LastInsertId;
        append.ResourceId = append.MessageId.ToString(CultureInfo.InvariantCulture);
        _blobs.Add(append.ExecutionId, append.Blobs);
        if (string.Equals(append.Kind, InboxMessage.Cancel, StringComparison.Ordinal) || !IsHeldBack(append.ExecutionId))
            _wake.Bind(append.ExecutionId).Run();
        return WriteOutcome.Done;
    }

    private bool IsHeldBack(string executionId)
    {
        var isHeldBack = _heldBack.Bind(executionId).Step();
        _heldBack.Reset();
        return isHeldBack;
    }

    /// <summary>Leaves messages with a commit; each that is refused is dropped.</summary>
    public void Apply(IReadOnlyList<AppendInbox> messages)
    {
        for (var i = 0; i < messages.Count; i++)
            messages[i].Outcome = Apply(messages[i]);
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

using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Appends to journals.</summary>
internal sealed class JournalWriter(Connection connection, FeedIndex feed)
{
    // No conflict clause: a seq that is taken means a broken owner, and must undo the whole batch.
    private readonly Statement _insert = connection.Prepare(
        "insert into journal (execution_id, first_seq, last_seq, events) values (?, ?, ?, ?)");

    public void Append(string tenant, string workflowId, string executionId, JournalEntry entry)
    {
        _insert.Bind(executionId).Bind(entry.FirstSeq).Bind(entry.LastSeq).Bind(entry.Events).Run();
        feed.Appended(tenant, workflowId, connection.LastInsertId);
    }
}

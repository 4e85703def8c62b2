using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads the journals of all executions in the order of their commits.</summary>
internal static class FeedQueries
{
    // cross join: SQLite then walks the journal by position and looks the executions up, never the other way round.
    private const string Entries = """
        select j.position, j.execution_id, e.workflow_id, j.first_seq, j.last_seq, j.events
          from journal j cross join executions e on e.id = j.execution_id
         where j.position >= ?1 and (j.position > ?1 or j.last_seq > ?2) and e.tenant = ?3
        """;

    private const string EndOfPage = " order by j.position limit ?4";

    public static List<FeedEntry> Read(Connection connection, string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes)
    {
        var statement = workflowId is null
            ? connection.Prepare(Entries + EndOfPage).Bind(after.Position).Bind(after.Seq).Bind(tenant).Bind(limit)
            : connection.Prepare(Entries + " and e.workflow_id = ?5" + EndOfPage).Bind(after.Position).Bind(after.Seq).Bind(tenant).Bind(limit).Bind(workflowId);
        List<FeedEntry> entries = [];
        var page = new JournalPage(maxBytes);
        while (statement.Step())
        {
            var position = statement.Long(0);
            if (!page.TryTake(statement, 3, position == after.Position ? after.Seq : 0, out var entry))
            {
                statement.Reset();
                break;
            }
            entries.Add(new FeedEntry(position, statement.Text(1), statement.Text(2), entry));
        }
        return entries;
    }

    public static long ReadEnd(Connection connection)
    {
        var statement = connection.Prepare("select coalesce(max(position), 0) from journal");
        var end = statement.Step() ? statement.Long(0) : 0;
        statement.Reset();
        return end;
    }
}

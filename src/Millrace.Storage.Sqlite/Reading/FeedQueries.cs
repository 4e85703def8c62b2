using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads the journals of a tenant, or of one of its workflows, in the order of their commits. Rows of others are never looked at.</summary>
internal static class FeedQueries
{
    private const string Notes = "select positions from feed where tenant = ? and workflow_id = ? and position >= ? order by position";

    private const string Entry = """
        select j.first_seq, j.last_seq, j.events, j.execution_id, e.workflow_id
          from journal j join executions e on e.id = j.execution_id
         where j.position = ? and e.tenant = ?
        """;

    public static List<FeedEntry> Read(
        Connection connection, string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes, CancellationToken cancellation)
    {
        List<FeedEntry> entries = [];
        var page = new JournalPage(maxBytes);
        var row = connection.Prepare(Entry);
        var notes = connection.Prepare(Notes).Bind(tenant).Bind(workflowId ?? "").Bind(after.Position);
        while (entries.Count < limit && notes.Step())
        {
            cancellation.ThrowIfCancellationRequested();
            if (!AddAll(row, tenant, notes.Utf8(0), after, limit, ref page, entries))
                break;
        }
        notes.Reset();
        return entries;
    }

    public static long ReadEnd(Connection connection)
    {
        var statement = connection.Prepare("select coalesce(max(position), 0) from journal");
        var end = statement.Step() ? statement.Long(0) : 0;
        statement.Reset();
        return end;
    }

    // False: the page is full.
    private static bool AddAll(
        Statement row, string tenant, ReadOnlySpan<byte> positions, FeedCursor after, int limit, ref JournalPage page, List<FeedEntry> entries)
    {
        var reader = new Utf8JsonReader(positions);
        reader.Read();
        while (entries.Count < limit && reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            var position = reader.GetInt64();
            if (position >= after.Position && !Add(row, tenant, position, position == after.Position ? after.Seq : 0, ref page, entries))
                return false;
        }
        return true;
    }

    private static bool Add(Statement row, string tenant, long position, long seen, ref JournalPage page, List<FeedEntry> entries)
    {
        row.Bind(position).Bind(tenant);
        var isTaken = true;
        // It is gone where its execution was deleted.
        if (row.Step() && row.Long(1) > seen)
        {
            isTaken = page.TryTake(row, 0, seen, out var entry);
            if (isTaken)
                entries.Add(new FeedEntry(position, row.Text(3), row.Text(4), entry));
        }
        row.Reset();
        return isTaken;
    }
}

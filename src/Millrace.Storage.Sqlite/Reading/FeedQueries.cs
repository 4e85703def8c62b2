using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>
/// Reads the journals of a tenant, or of one of its workflows, in the order of their commits: first what notes say is theirs, then what is theirs
/// among the few rows that have no note yet. Other rows of others are never looked at.
/// </summary>
internal static class FeedQueries
{
    private const string NotedTo = "select value from meta where name = 'feed_noted_to'";

    private const string Notes = "select positions from feed where tenant = ? and workflow_id = ? and position >= ? order by position";

    private const string Noted = """
        select j.first_seq, j.last_seq, j.events, j.position, j.execution_id, e.workflow_id
          from journal j join executions e on e.id = j.execution_id
         where j.position = ? and e.tenant = ?
        """;

    // cross join: SQLite then walks the journal by position and looks the executions up, never the other way round.
    private const string Behind = """
        select j.first_seq, j.last_seq, j.events, j.position, j.execution_id, e.workflow_id
          from journal j cross join executions e on e.id = j.execution_id
         where j.position > ? and e.tenant = ? and (?3 = '' or e.workflow_id = ?3)
         order by j.position
        """;

    public static List<FeedEntry> Read(
        Connection connection, string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var page = new FeedPage(after, limit, maxBytes);
        // Before the notes: those that are written meanwhile are of rows behind it, which are read as such.
        var notedTo = ReadNotedTo(connection);
        var row = connection.Prepare(Noted);
        var notes = connection.Prepare(Notes).Bind(tenant).Bind(workflowId ?? "").Bind(after.Position);
        while (!page.IsFull && notes.Step())
        {
            cancellation.ThrowIfCancellationRequested();
            AddNoted(row, tenant, notes.Utf8(0), notedTo, ref page);
        }
        notes.Reset();
        if (!page.IsFull)
            AddBehind(connection, tenant, workflowId ?? "", Math.Max(notedTo, after.Position - 1), ref page, cancellation);
        return page.Entries;
    }

    public static long ReadEnd(Connection connection)
    {
        var statement = connection.Prepare("select coalesce(max(position), 0) from journal");
        var end = statement.Step() ? statement.Long(0) : 0;
        statement.Reset();
        return end;
    }

    private static long ReadNotedTo(Connection connection)
    {
        var statement = connection.Prepare(NotedTo);
        var notedTo = statement.Step() ? statement.Long(0) : 0;
        statement.Reset();
        return notedTo;
    }

    private static void AddNoted(Statement row, string tenant, ReadOnlySpan<byte> positions, long notedTo, ref FeedPage page)
    {
        var reader = new Utf8JsonReader(positions);
        reader.Read();
        while (!page.IsFull && reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            var position = reader.GetInt64();
            if (position > notedTo)
                return;
            if (!page.IsAhead(position))
                continue;
            // It is gone where its execution was deleted.
            if (row.Bind(position).Bind(tenant).Step())
                page.Take(row);
            row.Reset();
        }
    }

    private static void AddBehind(
        Connection connection, string tenant, string workflowId, long position, ref FeedPage page, CancellationToken cancellation)
    {
        var rows = connection.Prepare(Behind).Bind(position).Bind(tenant).Bind(workflowId);
        while (!page.IsFull && rows.Step())
        {
            cancellation.ThrowIfCancellationRequested();
            page.Take(rows);
        }
        rows.Reset();
    }
}

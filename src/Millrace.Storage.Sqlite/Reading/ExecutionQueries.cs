using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads executions, their journals and their messages.</summary>
internal static class ExecutionQueries
{
    private const string Select = $"select {ExecutionRow.Columns} from {ExecutionRow.From}";

    // Whose an execution is, is asked as a scalar: SQLite makes a join of EXISTS, and then sorts what the index already has in order.
    // Entries follow each other without a gap, so the one that holds a seq is the last that starts no later.
    private const string Journal = """
        select first_seq, last_seq, events from journal
         where execution_id = ?2 and last_seq > ?3
           and first_seq >= coalesce((select max(first_seq) from journal where execution_id = ?2 and first_seq <= ?3 + 1), 0)
           and (select tenant from executions where id = ?2) = ?1
         order by first_seq limit ?4
        """;

    private const string Inbox = """
        select id, kind, payload, received_at from inbox
         where execution_id = ?2 and (select tenant from executions where id = ?2) = ?1
         order by id
        """;

    private const string Snapshot = """
        select seq, state from snapshots
         where execution_id = ?2 and (select tenant from executions where id = ?2) = ?1
        """;

    // Each priority's earliest, found by one step into the index, however many executions wait.
    private const string NextWake = """
        with recursive waiting(priority) as (
          select max(priority) from executions where owner = 0 and wake_at is not null
          union all
          select (select max(e.priority) from executions e where e.owner = 0 and e.wake_at is not null and e.priority < waiting.priority)
            from waiting where waiting.priority is not null)
        select min((select min(e.wake_at) from executions e where e.owner = 0 and e.wake_at is not null and e.priority = waiting.priority))
          from waiting where waiting.priority is not null
        """;

    public static ExecutionRecord? Find(Connection connection, string tenant, string id)
    {
        var statement = connection.Prepare($"{Select} where e.tenant = ? and e.id = ?").Bind(tenant).Bind(id);
        var execution = statement.Step() ? ExecutionRow.Read(statement) : null;
        statement.Reset();
        return execution;
    }

    public static List<ExecutionRecord> FindAll(Connection connection, string tenant, IReadOnlyList<string> ids, int maxBytes)
    {
        List<ExecutionRecord> found = [];
        long left = maxBytes;
        foreach (var id in ids)
        {
            if (Find(connection, tenant, id) is not { } execution)
                continue;
            left -= (long)execution.Input.Utf8.Length + execution.Request.Utf8.Length + execution.Variables.Utf8.Length + execution.Result.Utf8.Length;
            if (left < 0 && found.Count > 0)
                break;
            found.Add(execution);
        }
        return found;
    }

    public static List<JournalEntry> ReadJournal(Connection connection, string tenant, string executionId, long afterSeq, int limit, int maxBytes)
    {
        var statement = connection.Prepare(Journal).Bind(tenant).Bind(executionId).Bind(afterSeq).Bind(limit);
        List<JournalEntry> entries = [];
        var page = new JournalPage(maxBytes);
        while (statement.Step())
        {
            if (!page.TryTake(statement, 0, afterSeq, out var entry))
            {
                statement.Reset();
                break;
            }
            entries.Add(entry);
        }
        return entries;
    }

    public static List<InboxMessage> ReadInbox(Connection connection, string tenant, string executionId)
    {
        var statement = connection.Prepare(Inbox).Bind(tenant).Bind(executionId);
        List<InboxMessage> messages = [];
        while (statement.Step())
            messages.Add(new InboxMessage(statement.Long(0), statement.Text(1), statement.Json(2), statement.Time(3)));
        return messages;
    }

    public static List<ExecutionKey> ListUnread(Connection connection, long epoch)
    {
        // cross join: few messages wait, many executions may be owned.
        var statement = connection.Prepare("select distinct e.tenant, e.id from inbox i cross join executions e on e.id = i.execution_id where e.owner = ?").Bind(epoch);
        List<ExecutionKey> keys = [];
        while (statement.Step())
            keys.Add(new ExecutionKey(statement.Text(0), statement.Text(1)));
        return keys;
    }

    public static ExecutionSnapshot? ReadSnapshot(Connection connection, string tenant, string executionId)
    {
        var statement = connection.Prepare(Snapshot).Bind(tenant).Bind(executionId);
        ExecutionSnapshot? snapshot = statement.Step() ? new ExecutionSnapshot(statement.Long(0), statement.Json(1)) : null;
        statement.Reset();
        return snapshot;
    }

    public static DateTimeOffset? ReadNextWake(Connection connection)
    {
        var statement = connection.Prepare(NextWake);
        var next = statement.Step() ? statement.TimeOrNull(0) : null;
        statement.Reset();
        return next;
    }
}

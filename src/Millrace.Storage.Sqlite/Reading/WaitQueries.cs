using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads waits for the outside.</summary>
internal static class WaitQueries
{
    private const string Select = """
        select w.tenant, w.id, w.execution_id, w.workflow_id, w.node_id, w.iteration, w.kind, w.title, w.message, w.assignees, w.form,
               w.created_at, w.due_at, w.status, w.decision, w.comment, w.data, w.answered_by, w.answered_at
          from waits w where w.tenant = ?
        """;

    public static WaitRecord? Find(Connection connection, string tenant, string id)
    {
        var statement = connection.Prepare(Select + " and w.id = ?").Bind(tenant).Bind(id);
        var wait = statement.Step() ? Read(statement) : null;
        statement.Reset();
        return wait;
    }

    public static List<WaitRecord> List(Connection connection, string tenant, WaitFilter filter, Page page)
    {
        var query = new Query(Select, tenant);
        if (filter.ExecutionId is { } execution)
            query.With(" and w.id > ?", WaitRange.After(execution)).With(" and w.id < ?", WaitRange.Before(execution)).With(" and w.execution_id = ?", execution);
        if (!filter.Statuses.IsDefaultOrEmpty)
            WithStatuses(query, filter.Statuses);
        if (!filter.Kinds.IsDefaultOrEmpty)
            query.With(" and w.kind in (select value from json_each(?))", JsonSerializer.Serialize(filter.Kinds));
        if (filter.Assignee is { } assignee)
            query.With(" and exists (select 1 from json_each(w.assignees) a where a.value = ?)", assignee);
        if (page.After is { } after)
            query.With(" and w.id < ?", after);
        return query.Page(page, "w.id").Read(connection, Read);
    }

    // Only word for word does SQLite see that the index of open ones is enough.
    private static void WithStatuses(Query query, IReadOnlyList<WaitStatus> statuses)
    {
        if (statuses is [WaitStatus.Open])
            query.With(" and w.status = 'open'");
        else
            query.With(" and w.status in (select value from json_each(?))", JsonSerializer.Serialize(statuses.Select(NameOf)));
    }

    private static WaitRecord Read(Statement row) => new()
    {
        Tenant = row.Text(0),
        Id = row.Text(1),
        ExecutionId = row.Text(2),
        WorkflowId = row.Text(3),
        NodeId = row.Text(4),
        Iteration = row.Text(5),
        Kind = row.Text(6),
        Title = row.TextOrNull(7),
        Message = row.TextOrNull(8),
        Assignees = JsonSerializer.Deserialize<System.Collections.Immutable.ImmutableArray<string>>(row.Utf8(9)),
        Form = row.Json(10),
        CreatedAt = row.Time(11),
        DueAt = row.TimeOrNull(12),
        Status = Enum.Parse<WaitStatus>(row.Text(13), ignoreCase: true),
        Answer = row.TimeOrNull(18) is { } at ? new WaitAnswer(row.TextOrNull(14), row.TextOrNull(15), row.Json(16), row.TextOrNull(17), at) : null,
    };

    private static string NameOf(WaitStatus status) => status switch
    {
        WaitStatus.Open => "open",
        WaitStatus.Answered => "answered",
        _ => "closed",
    };
}

/// <summary>The ids between which those of one execution lie: they are its own, a '-', and more.</summary>
internal static class WaitRange
{
    public static string After(string executionId) => executionId + "-";

    public static string Before(string executionId) => executionId + ".";
}

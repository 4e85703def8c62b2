using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads workflows and their versions.</summary>
internal static class WorkflowQueries
{
    private const string Select = """
        select w.tenant, w.id, w.name, w.description, w.tags, w.owner, w.is_active, w.is_draft, w.version, w.created_at, w.updated_at,
               v.document, v.format, s.last_executed, s.total, s.completed, s.failed, s.cancelled, s.total_duration
          from workflows w
          join workflow_versions v on v.tenant = w.tenant and v.workflow_id = w.id and v.version = w.version
          left join workflow_stats s on s.tenant = w.tenant and s.workflow_id = w.id
         where w.deleted_at is null and w.tenant = ?
        """;

    private const string Version = """
        select version, document, format, is_draft, created_at, created_by from workflow_versions
         where tenant = ? and workflow_id = ? and version = ?
        """;

    private const string Versions = """
        select v.version, null, v.format, v.is_draft, v.created_at, v.created_by
          from workflow_versions v join workflows w on w.tenant = v.tenant and w.id = v.workflow_id and w.deleted_at is null
         where v.tenant = ? and v.workflow_id = ?
        """;

    public static WorkflowRecord? Find(Connection connection, string tenant, string id)
    {
        var statement = connection.Prepare(Select + " and w.id = ?").Bind(tenant).Bind(id);
        var workflow = statement.Step() ? ReadWorkflow(statement) : null;
        statement.Reset();
        return workflow;
    }

    public static WorkflowVersion? FindVersion(Connection connection, string tenant, string id, int version)
    {
        var statement = connection.Prepare(Version).Bind(tenant).Bind(id).Bind(version);
        var found = statement.Step() ? ReadVersion(statement) : null;
        statement.Reset();
        return found;
    }

    /// <summary>The cursor of this list is a version number.</summary>
    public static List<WorkflowVersion> ListVersions(Connection connection, string tenant, string id, Page page)
    {
        var query = new Query(Versions, tenant, id);
        if (page.After is { } after)
            query.With(" and v.version < cast(? as integer)", after);
        return query.Page(page, "v.version").Read(connection, ReadVersion);
    }

    public static List<WorkflowRecord> List(Connection connection, string tenant, WorkflowFilter filter, Page page)
    {
        var query = new Query(Select, tenant);
        if (!filter.Tags.IsDefaultOrEmpty)
            query.With(" and not exists (select 1 from json_each(?) t where t.value not in (select value from json_each(w.tags)))", JsonSerializer.Serialize(filter.Tags));
        if (filter.ActiveOnly)
            query.With(" and w.is_active = 1 and w.is_draft = 0");
        if (filter.Text is { Length: > 0 } text)
            query.WithText(text, "w.id", "w.name", "w.description");
        if (filter.Owner is { } owner)
            query.With(" and w.owner = ?", owner);
        if (page.After is { } after)
            query.With(" and w.id < ?", after);
        return query.Page(page, "w.id").Read(connection, ReadWorkflow);
    }

    private static WorkflowRecord ReadWorkflow(Statement row) => new()
    {
        Tenant = row.Text(0),
        Id = row.Text(1),
        Name = row.Text(2),
        Description = row.TextOrNull(3),
        Tags = JsonSerializer.Deserialize<ImmutableArray<string>>(row.Utf8(4)),
        Owner = row.TextOrNull(5),
        IsActive = row.Bool(6),
        IsDraft = row.Bool(7),
        Version = row.Int(8),
        CreatedAt = row.Time(9),
        UpdatedAt = row.Time(10),
        Document = row.Json(11),
        Format = row.Text(12),
        LastExecuted = row.TimeOrNull(13),
        Stats = new ExecutionStats(row.Long(14), row.Long(15), row.Long(16), row.Long(17), row.Long(18)),
    };

    private static WorkflowVersion ReadVersion(Statement row) =>
        new(row.Int(0), row.Json(1), row.Text(2), row.Bool(3), row.Time(4), row.TextOrNull(5));
}

using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads the tasks of workers and the node types that they are of.</summary>
internal static class TaskQueries
{
    public const string Select = """
        select tenant, id, execution_id, workflow_id, version, node_id, iteration, attempt, type, priority, config, data, idempotency_key,
               queued_at, due_at, status, lease_until, lease_token, leased_by, progress
          from tasks
        """;

    public static WorkerTask? Find(Connection connection, string tenant, string id)
    {
        var statement = connection.Prepare(Select + " where tenant = ? and id = ?").Bind(tenant).Bind(id);
        var task = statement.Step() ? Read(statement) : null;
        statement.Reset();
        return task;
    }

    public static List<WorkerTypeRecord> ListTypes(Connection connection, string tenant) =>
        new Query("select tenant, key, definition, worker, registered_at from worker_types where tenant = ? order by key", tenant)
            .Read(connection, row => new WorkerTypeRecord(row.Text(0), row.Text(1), row.Json(2), row.Text(3), row.Time(4)));

    public static WorkerTask Read(Statement row) => new()
    {
        Tenant = row.Text(0),
        Id = row.Text(1),
        ExecutionId = row.Text(2),
        WorkflowId = row.Text(3),
        Version = row.Int(4),
        NodeId = row.Text(5),
        Iteration = row.Text(6),
        Attempt = row.Int(7),
        Type = row.Text(8),
        Priority = row.Int(9),
        Config = row.Json(10),
        Data = row.Json(11),
        IdempotencyKey = row.Text(12),
        QueuedAt = row.Time(13),
        DueAt = row.TimeOrNull(14),
        Status = Enum.Parse<WorkerTaskStatus>(row.Text(15), ignoreCase: true),
        Lease = row.TextOrNull(17) is { } token ? new TaskLease(token, row.Text(18), row.Time(16)) : null,
        Progress = row.Json(19),
    };
}

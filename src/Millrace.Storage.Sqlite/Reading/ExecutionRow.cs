using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Limits;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads an execution from a row.</summary>
internal static class ExecutionRow
{
    /// <summary>Where to select from.</summary>
    public const string From = $"executions e {Joined}";

    /// <summary>What belongs to the executions <c>e</c>.</summary>
    public const string Joined = "left join execution_data d on d.execution_id = e.id left join held_back h on h.execution_id = e.id";

    /// <summary>What to select <see cref="From"/> there, in the order that <see cref="Read"/> expects.</summary>
    public const string Columns = """
        e.id, e.tenant, e.workflow_id, e.version, e.status, e.seq, e.owner, e.wake_at, e.priority, e.current_step,
        e.total_nodes, e.completed_nodes, e.trigger, e.correlation_id, e.parent_id, e.created_at, e.started_at, e.completed_at,
        d.input, d.request, d.variables, d.result, d.error, d.cost,
        h.workflow_id, h.key, h.most, h.until
        """;

    public static ExecutionRecord Read(Statement row) => new()
    {
        Id = row.Text(0),
        Tenant = row.Text(1),
        WorkflowId = row.Text(2),
        Version = row.Int(3),
        Status = Status(row.Text(4)),
        Seq = row.Long(5),
        Owner = row.Long(6),
        WakeAt = row.TimeOrNull(7),
        Priority = row.Int(8),
        CurrentStep = row.TextOrNull(9),
        TotalNodes = row.Int(10),
        CompletedNodes = row.Int(11),
        Trigger = row.Text(12),
        CorrelationId = row.TextOrNull(13),
        ParentId = row.TextOrNull(14),
        CreatedAt = row.Time(15),
        StartedAt = row.TimeOrNull(16),
        CompletedAt = row.TimeOrNull(17),
        Input = row.Json(18),
        Request = row.Json(19),
        Variables = row.Json(20),
        Result = row.Json(21),
        Error = row.Json(22),
        Cost = row.Json(23),
        PendingReason = row.IsNull(24) ? null : Reason(row),
    };

    private static PendingReason Reason(Statement row)
    {
        var scope = SlotCounter.Scope(row, 24);
        return row.IsNull(27) ? new PendingReason.Concurrency(scope, row.Int(26)) : new PendingReason.Rate(scope, row.Int(26), row.Time(27));
    }

    private static ExecutionStatus Status(string name) =>
        StatusNames.ParseExecution(name) ?? throw new InvalidDataException($"The stored status '{name}' is unknown to this version.");
}

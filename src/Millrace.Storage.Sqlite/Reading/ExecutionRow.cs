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

    /// <summary>What to select <see cref="From"/> there without values, in the order that <see cref="ReadSummary"/> expects.</summary>
    public const string SummaryColumns = """
        e.id, e.tenant, e.workflow_id, e.version, e.status, e.seq, e.owner, e.wake_at, e.priority, e.current_step,
        e.total_nodes, e.completed_nodes, e.trigger, e.correlation_id, e.parent_id, e.created_at, e.started_at, e.completed_at,
        d.error, d.cost, h.workflow_id, h.key, h.most, h.until
        """;

    /// <summary>How many those are.</summary>
    public const int SummaryWidth = 24;

    /// <summary>What to select <see cref="From"/> there, in the order that <see cref="Read"/> expects.</summary>
    public const string Columns = SummaryColumns + ", d.input, d.request, d.variables, d.result";

    public static ExecutionRecord Read(Statement row) => new(ReadSummary(row))
    {
        Input = row.Json(SummaryWidth),
        Request = row.Json(SummaryWidth + 1),
        Variables = row.Json(SummaryWidth + 2),
        Result = row.Json(SummaryWidth + 3),
    };

    public static ExecutionSummary ReadSummary(Statement row) => new()
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
        Error = row.Json(18),
        Cost = row.Json(19),
        PendingReason = row.IsNull(20) ? null : Reason(row),
    };

    private static PendingReason Reason(Statement row)
    {
        var scope = SlotCounter.Scope(row, 20);
        return row.IsNull(23) ? new PendingReason.Concurrency(scope, row.Int(22)) : new PendingReason.Rate(scope, row.Int(22), row.Time(23));
    }

    private static ExecutionStatus Status(string name) =>
        StatusNames.ParseExecution(name) ?? throw new InvalidDataException($"The stored status '{name}' is unknown to this version.");
}

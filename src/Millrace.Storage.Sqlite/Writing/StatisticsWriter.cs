using System.Runtime.InteropServices;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Counts how executions end, per workflow. A batch is summed in memory first, so that each workflow costs one statement.</summary>
internal sealed class StatisticsWriter(Connection connection)
{
    private readonly Dictionary<(string Tenant, string WorkflowId), Delta> _deltas = [];

    private readonly Statement _add = connection.Prepare("""
        insert into workflow_stats (tenant, workflow_id, total, completed, failed, cancelled, total_duration, last_executed)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (tenant, workflow_id) do update set
          total = total + excluded.total,
          completed = completed + excluded.completed,
          failed = failed + excluded.failed,
          cancelled = cancelled + excluded.cancelled,
          total_duration = total_duration + excluded.total_duration,
          last_executed = max(coalesce(last_executed, 0), coalesce(excluded.last_executed, last_executed, 0))
        """);

    public void Created(ExecutionRecord execution)
    {
        ref var delta = ref Of(execution.Tenant, execution.WorkflowId);
        delta.Total++;
        delta.LastExecuted = Math.Max(delta.LastExecuted ?? 0, execution.CreatedAt.ToUnixTimeMilliseconds());
    }

    public void Ended(string tenant, string workflowId, ExecutionStatus status, long durationMilliseconds)
    {
        ref var delta = ref Of(tenant, workflowId);
        delta.Completed += status == ExecutionStatus.Completed ? 1 : 0;
        delta.Failed += status == ExecutionStatus.Failed ? 1 : 0;
        delta.Cancelled += status == ExecutionStatus.Cancelled ? 1 : 0;
        delta.TotalDuration += durationMilliseconds;
    }

    /// <summary>Writes what the batch counted.</summary>
    public void Flush()
    {
        foreach (var ((tenant, workflowId), delta) in _deltas)
        {
            _add.Bind(tenant).Bind(workflowId)
                .Bind(delta.Total).Bind(delta.Completed).Bind(delta.Failed).Bind(delta.Cancelled)
                .Bind(delta.TotalDuration).Bind(delta.LastExecuted)
                .Run();
        }
        _deltas.Clear();
    }

    public void Clear() => _deltas.Clear();

    private ref Delta Of(string tenant, string workflowId) =>
        ref CollectionsMarshal.GetValueRefOrAddDefault(_deltas, (tenant, workflowId), out _);

    private struct Delta
    {
        public long Total;
        public long Completed;
        public long Failed;
        public long Cancelled;
        public long TotalDuration;
        public long? LastExecuted;
    }
}

using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Creates executions.</summary>
internal sealed class ExecutionCreator(Connection connection, StatisticsWriter statistics, InboxAppender inbox, WaitWriter waits)
{
    private readonly JournalWriter _journal = new(connection);
    private readonly BlobReferenceWriter _blobs = new(connection);
    private readonly SnapshotWriter _snapshots = new(connection);

    private readonly Statement _insert = connection.Prepare("""
        insert into executions (id, tenant, workflow_id, version, status, seq, owner, wake_at, priority, current_step,
          total_nodes, completed_nodes, trigger, correlation_id, parent_id, created_at, started_at, completed_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do nothing
        """);

    private readonly Statement _insertData = connection.Prepare(
        "insert into execution_data (execution_id, input, request, variables, result, error, cost) values (?, ?, ?, ?, ?, ?, ?)");

    public WriteOutcome Apply(CreateExecution create)
    {
        var execution = create.Execution;
        if (!Insert(execution))
            return WriteOutcome.Conflict;

        create.ResourceId = execution.Id;
        InsertData(execution);
        if (create.Entry is { } entry)
            _journal.Append(execution.Id, entry);
        _blobs.Add(execution.Id, create.Blobs);
        _snapshots.Replace(execution.Id, create.Snapshot);
        inbox.Apply(create.Messages);
        waits.Apply(execution.Tenant, create.Waits);
        statistics.Created(execution);
        if (execution.Status.IsTerminal())
            statistics.Ended(execution.Tenant, execution.WorkflowId, execution.Status, Duration(execution));
        return WriteOutcome.Done;
    }

    private bool Insert(ExecutionRecord execution)
    {
        var (owner, wakeAt) = ExecutionColumns.Ownership(execution.Status, execution.Owner, execution.WakeAt);
        return _insert
            .Bind(execution.Id).Bind(execution.Tenant).Bind(execution.WorkflowId).Bind(execution.Version)
            .Bind(execution.Status.Name()).Bind(execution.Seq).Bind(owner).Bind(wakeAt)
            .Bind(execution.Priority).Bind(execution.CurrentStep).Bind(execution.TotalNodes).Bind(execution.CompletedNodes)
            .Bind(execution.Trigger).Bind(execution.CorrelationId).Bind(execution.ParentId)
            .Bind(execution.CreatedAt).Bind(execution.StartedAt).Bind(execution.CompletedAt)
            .Run() == 1;
    }

    private void InsertData(ExecutionRecord execution) =>
        _insertData
            .Bind(execution.Id).Bind(execution.Input).Bind(execution.Request).Bind(execution.Variables)
            .Bind(execution.Result).Bind(execution.Error).Bind(execution.Cost)
            .Run();

    private static long Duration(ExecutionRecord execution) =>
        execution.CompletedAt is { } end ? (long)(end - (execution.StartedAt ?? execution.CreatedAt)).TotalMilliseconds : 0;
}

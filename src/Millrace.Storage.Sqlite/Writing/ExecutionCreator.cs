using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Limits;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Creates executions.</summary>
internal sealed class ExecutionCreator(Connection connection, StatisticsWriter statistics, EndedWriter ended, InboxAppender inbox, Admissions admissions, WaitWriter waits, JournalWriter journal)
{
    private readonly Statement _exists = connection.Prepare("select 1 from executions where id = ?");

    private readonly BlobReferenceWriter _blobs = new(connection);
    private readonly SnapshotWriter _snapshots = new(connection);
    private readonly NodeRunWriter _runs = new(connection);

    private readonly Statement _insert = connection.Prepare("""
        insert into executions (id, tenant, workflow_id, version, status, seq, owner, wake_at, priority, current_step,
          total_nodes, completed_nodes, trigger, correlation_id, parent_id, created_at, started_at, completed_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do nothing
        """);

    private readonly Statement _insertData = connection.Prepare(
        "insert into execution_data (execution_id, input, request, variables, result, error, cost) values (?, ?, ?, ?, ?, ?, ?)");

    public CommitResult Apply(CreateExecution create)
    {
        if (create.Admission is { } admission)
            return Admit(create, admission);
        return Create(create, create.Execution, create.Entry);
    }

    private CommitResult Admit(CreateExecution create, Admission admission)
    {
        if (Exists(create.Execution.Id))
            return CommitResult.Refused(WriteOutcome.Conflict);
        var (reason, makesRoom) = admissions.Admit(create.Execution, admission);
        if (reason is not null)
        {
            var pending = admission.Pending with { WakeAt = (reason as PendingReason.Rate)?.Until, PendingReason = reason };
            Create(create, pending, entry: null);
            return new CommitResult.Throttled(pending) { MakesRoom = makesRoom };
        }
        var result = Create(create, create.Execution, create.Entry);
        if (create.Execution.Status.IsTerminal())
            makesRoom |= admissions.Release(create.Execution.Id);
        return makesRoom ? CommitResult.WithRoom(result) : result;
    }

    private CommitResult Create(CreateExecution create, ExecutionRecord execution, JournalEntry? entry)
    {
        if (!Insert(execution))
            return CommitResult.Refused(WriteOutcome.Conflict);

        InsertData(execution);
        _blobs.Add(execution.Id, create.Blobs);
        var result = CommitResult.Done;
        if (entry is { } first)
        {
            journal.Append(execution.Tenant, execution.WorkflowId, execution.Id, first);
            _snapshots.Replace(execution.Id, create.Snapshot);
            _runs.Apply(execution.Id, create.Runs);
            result = inbox.Apply(create.Messages);
            waits.Apply(execution.Tenant, create.Waits);
        }
        statistics.Created(execution);
        if (execution.Status.IsTerminal())
        {
            statistics.Ended(execution.Tenant, execution.WorkflowId, execution.Status, Duration(execution));
            ended.Ended(execution.Tenant, execution.WorkflowId, execution.Status, execution.CompletedAt, execution.Id);
        }
        return result;
    }

    private bool Exists(string id)
    {
        var exists = _exists.Bind(id).Step();
        _exists.Reset();
        return exists;
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

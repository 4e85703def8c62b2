using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Reading;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Queues the tasks of workers, leases them, and takes in how they ended.</summary>
internal sealed class TaskWriter(Connection connection, InboxAppender inbox)
{
    private readonly Statement _queue = connection.Prepare("""
        insert into tasks (tenant, id, execution_id, workflow_id, version, node_id, iteration, attempt, type, priority, config, data, idempotency_key,
                           queued_at, due_at, status, lease_until)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 0)
        on conflict (tenant, id) do nothing
        """);

    private readonly Statement _finish = connection.Prepare("""
        update tasks set status = case status when 'open' then 'closed' else status end, config = null, data = null where tenant = ? and id = ?
        """);

    private readonly Statement _finishAll = connection.Prepare("""
        update tasks set status = case status when 'open' then 'closed' else status end, config = null, data = null
         where tenant = ? and id > ? and id < ? and execution_id = ? and config is not null
        """);

    private readonly Statement _delete = connection.Prepare("delete from tasks where tenant = ? and id > ? and id < ? and execution_id = ?");

    private readonly Statement _find = connection.Prepare("select status, lease_token from tasks where tenant = ? and id = ?");

    // Back to its place in the queue. Its holder keeps the right to it until somebody else takes it.
    private readonly Statement _expire = connection.Prepare("""
        update tasks set lease_until = 0 where number in
          (select number from tasks where tenant = ? and type = ? and status = 'open' and lease_until > 0 and lease_until <= ? order by lease_until limit ?)
        """);

    private readonly Statement _countLeased = connection.Prepare("""
        select count(*) from (select 1 from tasks where tenant = ? and type = ? and status = 'open' and lease_until > ? limit ?)
        """);

    private readonly Statement _waiting = connection.Prepare("""
        select priority, number from tasks where tenant = ? and type = ? and status = 'open' and lease_until = 0 and (due_at is null or due_at > ?)
         order by priority desc, number limit ?
        """);

    private readonly Statement _nextExpiry = connection.Prepare("""
        select lease_until from tasks where tenant = ? and type = ? and status = 'open' and lease_until > 0 order by lease_until limit 1
        """);

    private readonly Statement _lease = connection.Prepare("update tasks set lease_until = ?, lease_token = ?, leased_by = ? where number = ?");

    private readonly Statement _read = connection.Prepare(TaskQueries.Select + " where number = ?");

    private readonly Statement _extend = connection.Prepare("update tasks set lease_until = ?, progress = coalesce(?, progress) where tenant = ? and id = ?");

    private readonly Statement _answer = connection.Prepare("update tasks set status = 'answered' where tenant = ? and id = ?");

    public void Queue(WorkerTask task) => _queue
        .Bind(task.Tenant).Bind(task.Id).Bind(task.ExecutionId).Bind(task.WorkflowId).Bind(task.Version).Bind(task.NodeId).Bind(task.Iteration).Bind(task.Attempt)
        .Bind(task.Type).Bind(task.Priority).Bind(task.Config).Bind(task.Data).Bind(task.IdempotencyKey).Bind(task.QueuedAt).Bind(task.DueAt)
        .Run();

    public void Finish(string tenant, string id) => _finish.Bind(tenant).Bind(id).Run();

    /// <summary>An execution has ended: nobody waits for a task of it any more.</summary>
    public void Ended(string tenant, string executionId) => Run(_finishAll, tenant, executionId);

    /// <summary>An execution is deleted.</summary>
    public void Delete(string tenant, string executionId) => Run(_delete, tenant, executionId);

    public CommitResult Apply(LeaseTasks write)
    {
        var found = new List<(long Priority, long Number)>();
        foreach (var queue in write.Queues)
        {
            _expire.Bind(write.Tenant).Bind(queue.Type).Bind(write.Now).Bind(write.Limit).Run();
            var room = queue.Concurrency is { } most ? Math.Min(write.Limit, most - CountLeased(write, queue.Type, most)) : write.Limit;
            if (room > 0)
                Waiting(write, queue.Type, room, found);
        }
        IReadOnlyList<WorkerTask> leased = [.. found.OrderByDescending(task => task.Priority).ThenBy(task => task.Number).Take(write.Limit).Select(task => Lease(task.Number, write.Lease))];
        return new CommitResult.Leased(leased, [.. write.Queues.Select(queue => NextExpiry(write.Tenant, queue.Type))]);
    }

    public CommitResult Apply(ExtendLease write)
    {
        if (Find(write.Tenant, write.TaskId) is not { } task)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (task.Status is not "open")
            return CommitResult.Refused(WriteOutcome.Terminal);
        if (!string.Equals(task.Token, write.Token, StringComparison.Ordinal))
            return CommitResult.Refused(WriteOutcome.Fenced);
        _extend.Bind(write.Until).Bind(write.Progress).Bind(write.Tenant).Bind(write.TaskId).Run();
        return CommitResult.Done;
    }

    public CommitResult Apply(AnswerTask write)
    {
        if (Find(write.Tenant, write.TaskId) is not { } task)
            return CommitResult.Refused(WriteOutcome.NotFound);
        var isHolder = string.Equals(task.Token, write.Token, StringComparison.Ordinal);
        if (task.Status is not "open")
            return task.Status is "answered" && isHolder ? new CommitResult.Duplicate(write.TaskId) : CommitResult.Refused(WriteOutcome.Terminal);
        if (!isHolder)
            return CommitResult.Refused(WriteOutcome.Fenced);
        var appended = inbox.Apply(write.Message);
        if (appended.Outcome == WriteOutcome.Done)
            _answer.Bind(write.Tenant).Bind(write.TaskId).Run();
        return appended;
    }

    private int CountLeased(LeaseTasks write, string type, int most)
    {
        _countLeased.Bind(write.Tenant).Bind(type).Bind(write.Now).Bind(most).Step();
        var count = _countLeased.Int(0);
        _countLeased.Reset();
        return count;
    }

    private void Waiting(LeaseTasks write, string type, int limit, List<(long Priority, long Number)> found)
    {
        _waiting.Bind(write.Tenant).Bind(type).Bind(write.Now).Bind(limit);
        while (_waiting.Step())
            found.Add((_waiting.Long(0), _waiting.Long(1)));
        _waiting.Reset();
    }

    private WorkerTask Lease(long number, TaskLease lease)
    {
        _lease.Bind(lease.Until).Bind(lease.Token).Bind(lease.Worker).Bind(number).Run();
        _read.Bind(number).Step();
        var task = TaskQueries.Read(_read);
        _read.Reset();
        return task;
    }

    private DateTimeOffset? NextExpiry(string tenant, string type)
    {
        var expiry = _nextExpiry.Bind(tenant).Bind(type).Step() ? _nextExpiry.Time(0) : (DateTimeOffset?)null;
        _nextExpiry.Reset();
        return expiry;
    }

    private (string Status, string? Token)? Find(string tenant, string id)
    {
        _find.Bind(tenant).Bind(id);
        (string, string?)? found = _find.Step() ? (_find.Text(0), _find.TextOrNull(1)) : null;
        _find.Reset();
        return found;
    }

    private static void Run(Statement statement, string tenant, string executionId) =>
        statement.Bind(tenant).Bind(WaitRange.After(executionId)).Bind(WaitRange.Before(executionId)).Bind(executionId).Run();
}

using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Queues the tasks of workers, leases them, and takes in how they ended.</summary>
internal static class TaskTable
{
    public static TaskRow? Find(MemoryStoreData data, string tenant, string id) => data.Tasks.Find(row => Same(row.Task.Tenant, tenant) && Same(row.Task.Id, id));

    public static IReadOnlyList<WorkerTypeRecord> ListTypes(MemoryStoreData data, string tenant) =>
        [.. data.WorkerTypes.Values.Where(type => Same(type.Tenant, tenant)).OrderBy(type => type.Key, StringComparer.Ordinal)];

    public static void Queue(MemoryStoreData data, WorkerTask task)
    {
        if (Find(data, task.Tenant, task.Id) is null)
            data.Tasks.Add(new TaskRow(task));
    }

    /// <summary>Nobody waits for these tasks any more.</summary>
    public static void Finish(MemoryStoreData data, string tenant, Func<WorkerTask, bool> which)
    {
        foreach (var row in data.Tasks)
        {
            if (Same(row.Task.Tenant, tenant) && which(row.Task))
                row.Task = row.Task with { Status = row.Task.Status == WorkerTaskStatus.Open ? WorkerTaskStatus.Closed : row.Task.Status, Config = default, Data = default };
        }
    }

    public static CommitResult Apply(MemoryStoreData data, PutWorkerTypes put)
    {
        foreach (var type in put.Types)
            data.WorkerTypes[(put.Tenant, type.Key)] = type;
        return CommitResult.Done;
    }

    public static CommitResult Apply(MemoryStoreData data, LeaseTasks lease)
    {
        var free = lease.Queues.SelectMany(queue =>
        {
            var open = Open(data, lease.Tenant, queue.Type).ToList();
            var isLeased = open.ToLookup(row => row.Task.Lease?.Until > lease.Now);
            var room = queue.Concurrency is { } most ? Math.Max(0, most - isLeased[true].Count()) : int.MaxValue;
            return InOrder(isLeased[false].Where(row => row.Task.DueAt is null || row.Task.DueAt > lease.Now)).Take(room);
        });
        // In the order of the queue also among several.
        var taken = InOrder(data.Tasks.Intersect(free)).Take(lease.Limit).ToList();
        foreach (var row in taken)
            row.Task = row.Task with { Lease = lease.Lease };
        return new CommitResult.Leased(
            [.. taken.Select(row => row.Task)],
            [
                .. lease.Queues.Select(queue =>
                    Open(data, lease.Tenant, queue.Type)
                        .Where(row => row.Task.Lease?.Until > lease.Now)
                        .Min(row => row.Task.Lease?.Until)),
            ]);
    }

    public static CommitResult Apply(MemoryStoreData data, ExtendLease extend)
    {
        if (Find(data, extend.Tenant, extend.TaskId) is not { } row)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (row.Task.Status != WorkerTaskStatus.Open)
            return CommitResult.Refused(WriteOutcome.Terminal);
        if (!Same(row.Task.Lease?.Token, extend.Token))
            return CommitResult.Refused(WriteOutcome.Fenced);
        row.Task = row.Task with { Lease = row.Task.Lease! with { Until = extend.Until }, Progress = extend.Progress.IsEmpty ? row.Task.Progress : extend.Progress };
        return CommitResult.Done;
    }

    public static CommitResult Apply(MemoryStoreData data, AnswerTask answer, InboxWriter inbox)
    {
        if (Find(data, answer.Tenant, answer.TaskId) is not { } row)
            return CommitResult.Refused(WriteOutcome.NotFound);
        var isHolder = Same(row.Task.Lease?.Token, answer.Token);
        if (row.Task.Status != WorkerTaskStatus.Open)
            return row.Task.Status == WorkerTaskStatus.Answered && isHolder ? new CommitResult.Duplicate(answer.TaskId) : CommitResult.Refused(WriteOutcome.Terminal);
        if (!isHolder)
            return CommitResult.Refused(WriteOutcome.Fenced);
        var appended = inbox.Apply(answer.Message);
        if (appended.Outcome == WriteOutcome.Done)
            row.Task = row.Task with { Status = WorkerTaskStatus.Answered };
        return appended;
    }

    private static IEnumerable<TaskRow> Open(MemoryStoreData data, string tenant, string type) =>
        data.Tasks.Where(row => row.Task.Status == WorkerTaskStatus.Open && Same(row.Task.Tenant, tenant) && Same(row.Task.Type, type));

    // Stable: within a priority the order of the queue stays.
    private static IEnumerable<TaskRow> InOrder(IEnumerable<TaskRow> rows) => rows.OrderByDescending(row => row.Task.Priority);

    private static bool Same(string? one, string? other) => string.Equals(one, other, StringComparison.Ordinal);
}

/// <summary>A task of a worker.</summary>
internal sealed class TaskRow(WorkerTask task)
{
    public WorkerTask Task { get; set; } = task;
}

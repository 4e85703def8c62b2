using System.Collections.Immutable;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>Registers node types of workers; those that are there already are replaced.</summary>
public sealed class PutWorkerTypes(string tenant, ImmutableArray<WorkerTypeRecord> types) : Mutation(tenant)
{
    /// <summary>The node types to register.</summary>
    public ImmutableArray<WorkerTypeRecord> Types { get; } = types;
}

/// <summary>
/// Leases a worker open tasks that nobody has a lease of: the highest priority first, within it the oldest. A lease that has run out counts as none, and
/// taking its task ends it.
/// </summary>
public sealed class LeaseTasks(string tenant, ImmutableArray<TaskQueueKey> queues, int limit, TaskLease lease, DateTimeOffset now) : Mutation(tenant)
{
    /// <summary>The queues to take tasks from.</summary>
    public ImmutableArray<TaskQueueKey> Queues { get; } = queues;

    /// <summary>The maximum number of tasks.</summary>
    public int Limit { get; } = limit;

    /// <summary>What their lease is from now on.</summary>
    public TaskLease Lease { get; } = lease;

    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;
}

/// <summary>
/// Extends a lease. <see cref="WriteOutcome.Fenced"/> where another lease has taken its place, <see cref="WriteOutcome.Terminal"/> where the task
/// has ended.
/// </summary>
public sealed class ExtendLease(string tenant, string taskId, string token, DateTimeOffset until, JsonText progress) : Mutation(tenant)
{
    /// <summary>The id of the task.</summary>
    public string TaskId { get; } = taskId;

    /// <summary>The token of the lease.</summary>
    public string Token { get; } = token;

    /// <summary>When it runs out from now on.</summary>
    public DateTimeOffset Until { get; } = until;

    /// <summary>How far the worker is, JSON; empty: as before.</summary>
    public JsonText Progress { get; } = progress;
}

/// <summary>
/// Records that a worker has said how its task ended, and leaves the execution the message that says so: both or neither. A lease that has run out is good
/// as long as no other has taken its place; then it is <see cref="WriteOutcome.Fenced"/>. <see cref="WriteOutcome.Duplicate"/> where it was said under this
/// lease before, <see cref="WriteOutcome.Terminal"/> where nobody waits for it any more.
/// </summary>
public sealed class AnswerTask(string tenant, string taskId, string token, AppendInbox message) : Mutation(tenant)
{
    /// <summary>The id of the task.</summary>
    public string TaskId { get; } = taskId;

    /// <summary>The token of the lease.</summary>
    public string Token { get; } = token;

    /// <summary>What its execution is told.</summary>
    public AppendInbox Message { get; } = message;

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => TaskId;
}

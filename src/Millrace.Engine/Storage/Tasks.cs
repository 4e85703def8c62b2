using System.Collections.Immutable;

namespace Millrace.Engine.Storage;

/// <summary>Work for an external worker: one attempt of a node.</summary>
public sealed record WorkerTask
{
    /// <summary>Whose it is.</summary>
    public required string Tenant { get; init; }
    /// <summary>Its id, which begins with that of its execution.</summary>
    public required string Id { get; init; }
    /// <summary>The execution that waits for it.</summary>
    public required string ExecutionId { get; init; }
    /// <summary>Its workflow.</summary>
    public required string WorkflowId { get; init; }
    /// <summary>The version that the node is of.</summary>
    public int Version { get; init; }
    /// <summary>The node.</summary>
    public required string NodeId { get; init; }
    /// <summary>Its iteration path; empty at the top level.</summary>
    public string Iteration { get; init; } = "";
    /// <summary>Which attempt of the node, from 1.</summary>
    public int Attempt { get; init; }
    /// <summary>The node type, as <see cref="WorkerTypeRecord.Key"/>.</summary>
    public required string Type { get; init; }
    /// <summary>Higher is given out first.</summary>
    public int Priority { get; init; }
    /// <summary>The node's config as rendered, its secrets as placeholders; empty once the task has ended.</summary>
    public JsonText Config { get; init; }
    /// <summary>What arrived at the node; empty once the task has ended.</summary>
    public JsonText Data { get; init; }
    /// <summary>The same for every attempt and every delivery.</summary>
    public required string IdempotencyKey { get; init; }
    /// <summary>When it was queued.</summary>
    public DateTimeOffset QueuedAt { get; init; }
    /// <summary>When the node gives up; null: never.</summary>
    public DateTimeOffset? DueAt { get; init; }
    /// <summary>Where it stands.</summary>
    public WorkerTaskStatus Status { get; init; }
    /// <summary>Who had it last; null: nobody yet.</summary>
    public TaskLease? Lease { get; init; }
    /// <summary>What the last worker that had it said of how far it is, JSON; empty: nothing.</summary>
    public JsonText Progress { get; init; }
}

/// <summary>Where a task stands.</summary>
public enum WorkerTaskStatus
{
    /// <summary>It waits for a worker, or one has it.</summary>
    Open,
    /// <summary>A worker has said how it ended.</summary>
    Answered,
    /// <summary>Nobody waits for it any more.</summary>
    Closed,
}

/// <summary>A worker's right to a task.</summary>
/// <param name="Token">What tells this lease from earlier and later ones.</param>
/// <param name="Worker">Who has it.</param>
/// <param name="Until">When others may have the task.</param>
public sealed record TaskLease(string Token, string Worker, DateTimeOffset Until);

/// <summary>A node type that workers do.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Key">Its name as it is compared: without case and separators.</param>
/// <param name="Definition">What it is, JSON.</param>
/// <param name="Worker">Who registered it last.</param>
/// <param name="RegisteredAt">When.</param>
public sealed record WorkerTypeRecord(string Tenant, string Key, JsonText Definition, string Worker, DateTimeOffset RegisteredAt);

/// <summary>Registers node types of workers; those that are there already are replaced.</summary>
public sealed class PutWorkerTypes(string tenant, ImmutableArray<WorkerTypeRecord> types) : Write(tenant)
{
    /// <summary>The types.</summary>
    public ImmutableArray<WorkerTypeRecord> Types { get; } = types;
}

/// <summary>A queue of tasks that a worker takes from: those of one type.</summary>
/// <param name="Type">The type, as <see cref="WorkerTypeRecord.Key"/>.</param>
/// <param name="Concurrency">How many of them may be leased at once, whoever has them; null: any number.</param>
public sealed record TaskQueueKey(string Type, int? Concurrency);

/// <summary>
/// Leases a worker open tasks that nobody has a lease of: the highest priority first, within it the oldest. A lease that has run out counts as none, and
/// taking its task ends it.
/// </summary>
public sealed class LeaseTasks(string tenant, ImmutableArray<TaskQueueKey> queues, int limit, TaskLease lease, DateTimeOffset now) : Write(tenant)
{
    /// <summary>Where to look.</summary>
    public ImmutableArray<TaskQueueKey> Queues { get; } = queues;

    /// <summary>How many tasks at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>What their lease is from now on.</summary>
    public TaskLease Lease { get; } = lease;

    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>The tasks that were leased; set by the store.</summary>
    public IReadOnlyList<WorkerTask> Leased { get; set; } = [];

    /// <summary>For each queue, when the first lease of its tasks runs out; null: none is leased. Set by the store.</summary>
    public ImmutableArray<DateTimeOffset?> NextExpiry { get; set; } = [];
}

/// <summary>
/// Extends a lease. <see cref="WriteOutcome.Fenced"/> where another lease has taken its place, <see cref="WriteOutcome.Terminal"/> where the task
/// has ended.
/// </summary>
public sealed class ExtendLease(string tenant, string taskId, string token, DateTimeOffset until, JsonText progress) : Write(tenant)
{
    /// <summary>Which task.</summary>
    public string TaskId { get; } = taskId;

    /// <summary>The lease.</summary>
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
public sealed class AnswerTask(string tenant, string taskId, string token, AppendInbox message) : Write(tenant)
{
    /// <summary>Which task.</summary>
    public string TaskId { get; } = taskId;

    /// <summary>The lease.</summary>
    public string Token { get; } = token;

    /// <summary>What its execution is told.</summary>
    public AppendInbox Message { get; } = message;

    internal override long LastMessage => Message.MessageId;
}

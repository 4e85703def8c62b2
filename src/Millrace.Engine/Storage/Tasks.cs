using System.Collections.Immutable;

namespace Millrace.Engine.Storage;

/// <summary>Work for an external worker: one attempt of a node.</summary>
public sealed record WorkerTask
{
    /// <summary>The tenant that it belongs to.</summary>
    public required string Tenant { get; init; }
    /// <summary>Its id, which begins with that of its execution.</summary>
    public required string Id { get; init; }
    /// <summary>The execution that waits for it.</summary>
    public required string ExecutionId { get; init; }
    /// <summary>The id of the workflow.</summary>
    public required string WorkflowId { get; init; }
    /// <summary>The version that the node is of.</summary>
    public int Version { get; init; }
    /// <summary>The id of the node.</summary>
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
    /// <summary>The status of the task.</summary>
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
    /// <summary>Its execution no longer waits for it.</summary>
    Closed,
}

/// <summary>A worker's right to a task.</summary>
/// <param name="Token">What tells this lease from earlier and later ones.</param>
/// <param name="Worker">The name of the worker that holds the lease.</param>
/// <param name="Until">When others may have the task.</param>
public sealed record TaskLease(string Token, string Worker, DateTimeOffset Until);

/// <summary>A node type that workers do.</summary>
/// <param name="Tenant">The tenant that owns it.</param>
/// <param name="Key">Its name as it is compared: without case and separators.</param>
/// <param name="Definition">What it is, JSON.</param>
/// <param name="Worker">Who registered it last.</param>
/// <param name="RegisteredAt">When it was registered.</param>
public sealed record WorkerTypeRecord(string Tenant, string Key, JsonText Definition, string Worker, DateTimeOffset RegisteredAt);

/// <summary>A queue of tasks that a worker takes from: those of one type.</summary>
/// <param name="Type">The type, as <see cref="WorkerTypeRecord.Key"/>.</param>
/// <param name="Concurrency">How many of them may be leased at once, whoever has them; null: any number.</param>
public sealed record TaskQueueKey(string Type, int? Concurrency);

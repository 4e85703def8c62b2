using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>What stores in memory hold. It outlives each of them, as a disk outlives the processes that write to it.</summary>
/// <param name="time">The clock by which idempotency keys grow old; null: the system's.</param>
internal sealed class MemoryStoreData(TimeProvider? time = null)
{
    internal Lock Gate { get; } = new();

    internal TimeProvider Time { get; } = time ?? TimeProvider.System;

    /// <summary>All who have ever owned something, in the order of their epochs, from 1.</summary>
    internal List<MemoryOwnership> Owners { get; } = [];

    internal ChangeHub Changes { get; } = new();

    internal long LastMessage { get; set; }

    internal Dictionary<string, ExecutionRow> Executions { get; } = new(StringComparer.Ordinal);

    internal Dictionary<(string Tenant, string Id), WorkflowRow> Workflows { get; } = [];

    internal Dictionary<(string Tenant, string WorkflowId), ExecutionStats> Statistics { get; } = [];

    internal Dictionary<(string Tenant, string WorkflowId), DateTimeOffset> LastExecuted { get; } = [];

    internal Dictionary<(string Tenant, string Scope, string Key), (string ResourceId, DateTimeOffset UsedAt)> Keys { get; } = [];

    internal Dictionary<(string Tenant, string Id), WaitRecord> Waits { get; } = [];

    /// <summary>The tasks of workers, in the order in which they were queued.</summary>
    internal List<TaskRow> Tasks { get; } = [];

    internal Dictionary<(string Tenant, string Key), WorkerTypeRecord> WorkerTypes { get; } = [];

    internal Dictionary<(string Tenant, string Name), StoredSecret> Secrets { get; } = [];

    internal Dictionary<(string Tenant, string Name), StoredIntegration> Integrations { get; } = [];

    internal Dictionary<(string Tenant, string Scope, string Key), CachedValue> Cached { get; } = [];

    internal Dictionary<(string Tenant, string Scope, string Key), (string ExecutionId, string Holder)> Computations { get; } = [];

    internal List<PublishedEvent> Events { get; } = [];

    internal long LastEvent { get; set; }

    internal LimitTable Limits { get; } = new();

    internal BudgetTable Budgets { get; } = new();

    /// <summary>Journal entries by their positions, from 1; null: removed.</summary>
    internal List<FeedRow?> Feed { get; } = [];

    internal Dictionary<string, HashSet<string>> Blobs { get; } = new(StringComparer.Ordinal);

    internal List<string> Deleted { get; } = [];

    /// <summary>Up to which id what had ended before any retention was set is listed; null: no retention was ever set.</summary>
    internal string? ListedTo { get; set; }

    internal MemoryOwnership Join(bool isShared)
    {
        Owners.Add(new MemoryOwnership(Owners.Count + 1, isShared));
        return Owners[^1];
    }

    internal bool HasEnded(long epoch) => Owners[(int)epoch - 1].HasEnded;

    /// <summary>Ends an epoch: what it owned is due at once.</summary>
    internal void End(long epoch)
    {
        Owners[(int)epoch - 1].HasEnded = true;
        foreach (var row in Executions.Values.Where(row => row.Record.Owner == epoch))
            row.Record = row.Record with { Owner = 0, WakeAt = DateTimeOffset.UnixEpoch };
    }

    /// <summary>Tells those whose epochs have ended. Not while the data are locked: they may look at them.</summary>
    internal void TellEnded()
    {
        MemoryOwnership[] owners;
        lock (Gate)
            owners = [.. Owners.Where(owner => owner is { HasEnded: true, IsTold: false })];
        foreach (var owner in owners)
            owner.Tell();
    }

    internal void RememberBlobs(string executionId, System.Collections.Immutable.ImmutableArray<string> blobs)
    {
        if (blobs.IsEmpty)
            return;
        if (!Blobs.TryGetValue(executionId, out var known))
            Blobs.Add(executionId, known = new HashSet<string>(StringComparer.Ordinal));
        known.UnionWith(blobs);
    }

    internal ExecutionRow? Find(string tenant, string id) =>
        Executions.TryGetValue(id, out var row) && string.Equals(row.Record.Tenant, tenant, StringComparison.Ordinal) ? row : null;
}

/// <summary>An execution, and what belongs to it alone.</summary>
internal sealed class ExecutionRow(ExecutionRecord record)
{
    public ExecutionRecord Record { get; set; } = record;

    public List<JournalEntry> Journal { get; } = [];

    public List<InboxMessage> Inbox { get; } = [];

    public ExecutionSnapshot? Snapshot { get; set; }

    public SortedDictionary<int, NodeRunRow> Runs { get; } = [];

    public int Signals { get; set; }

    /// <summary>Whether retention sees it, once it has ended.</summary>
    public bool IsListed { get; set; }

    /// <summary>The slots that it holds, or is to hold.</summary>
    public IReadOnlyList<SlotLimit> Slots { get; set; } = [];

    /// <summary>The slot that it waits for, by its place among them; only while <see cref="ExecutionSummary.PendingReason"/> says so.</summary>
    public int HeldAt { get; set; }
}

/// <summary>A workflow with its versions.</summary>
internal sealed class WorkflowRow(WorkflowRecord record)
{
    /// <summary>The head, without statistics.</summary>
    public WorkflowRecord Record { get; set; } = record;

    public List<WorkflowVersion> Versions { get; } = [];

    public bool IsDeleted { get; set; }

    public RetentionPolicy Retention { get; set; } = RetentionPolicy.Unsaid;
}

/// <summary>A journal entry among those of all executions.</summary>
internal sealed record FeedRow(string Tenant, FeedEntry Entry);

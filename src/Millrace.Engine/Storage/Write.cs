using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;

namespace Millrace.Engine.Storage;

/// <summary>What became of a write.</summary>
public enum WriteOutcome
{
    /// <summary>Not yet written.</summary>
    Undecided,
    /// <summary>Written and durable.</summary>
    Done,
    /// <summary>Refused: the writer is no longer the owner, or the execution moved on.</summary>
    Fenced,
    /// <summary>Refused: there is no such thing in this tenant.</summary>
    NotFound,
    /// <summary>Refused: it exists already, or another version was expected.</summary>
    Conflict,
    /// <summary>Refused: the execution has ended.</summary>
    Terminal,
    /// <summary>Refused: the execution has not ended.</summary>
    NotEnded,
    /// <summary>Refused: too many of its kind wait already.</summary>
    Full,
    /// <summary>Created, but as pending: limits hold its start back.</summary>
    HeldBack,
    /// <summary>Refused: something came for the execution before it that the writer has not seen.</summary>
    Overtaken,
    /// <summary>Not written again: the idempotency key was used before; <see cref="Write.ResourceId"/> names what it made.</summary>
    Duplicate,
}

/// <summary>One member of a batch. The closed set of things that can be written; each is guarded, and succeeds or is refused alone.</summary>
public abstract class Write
{
    private TaskCompletionSource<WriteOutcome>? _completion;

    private protected Write(string tenant) => Tenant = tenant;

    /// <summary>Whose data it writes.</summary>
    public string Tenant { get; }

    /// <summary>The caller's key: a second write under the same key and scope makes nothing and answers <see cref="WriteOutcome.Duplicate"/>.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>What became of it; set by the store.</summary>
    public WriteOutcome Outcome { get; set; }

    /// <summary>The id of what it made (or, for a duplicate, of what was made then); set by the store.</summary>
    public string? ResourceId { get; set; }

    /// <summary>Whether executions that limits hold back may start now, so that somebody should claim; set by the store.</summary>
    public bool MakesRoom { get; set; }

    /// <summary>The largest number of a message that it has left in an inbox; 0: none.</summary>
    internal virtual long LastMessage => 0;

    /// <summary>Called once, on the committer, when the outcome is durable or the write failed; must only hand over. Null: the task of <see cref="WhenSettled"/>.</summary>
    internal Action<Write, Exception?>? Settled { get; init; }

    /// <summary>A task that ends when the write is settled; ask before submitting.</summary>
    internal Task<WriteOutcome> WhenSettled() => (_completion ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    internal void Settle(Exception? failure)
    {
        Settled?.Invoke(this, failure);
        if (failure is null)
            _completion?.TrySetResult(Outcome);
        else
            _completion?.TrySetException(failure);
    }
}

/// <summary>A caller's idempotency key.</summary>
/// <param name="Scope">What kind of write, such as "execute" or "workflows".</param>
/// <param name="Key">The key.</param>
public sealed record IdempotencyKey(string Scope, string Key);

/// <summary>
/// Creates an execution: pending and unowned, or already running with its first events. Also counts it in its workflow's statistics.
/// Where <see cref="Admission"/> does not let it start, it is stored as pending instead and the outcome is <see cref="WriteOutcome.HeldBack"/>.
/// </summary>
public sealed class CreateExecution(ExecutionRecord execution, JournalEntry? entry) : Write(execution.Tenant)
{
    /// <summary>The execution as it is after this commit.</summary>
    public ExecutionRecord Execution { get; } = execution;

    /// <summary>What its start needs; null: nothing.</summary>
    public Admission? Admission { get; init; }

    /// <summary>The execution as it was stored instead, with the reason, where limits hold it back; set by the store.</summary>
    public ExecutionRecord? HeldBack { get; set; }

    /// <summary>Its first events; null: it stays pending.</summary>
    /// <exception cref="ArgumentException">They do not run from 1 to the execution's seq.</exception>
    public JournalEntry? Entry { get; } = (entry?.FirstSeq ?? 1) == 1 && (entry?.LastSeq ?? 0) == execution.Seq
        ? entry
        : throw new ArgumentException($"The first events of execution '{execution.Id}' must run from 1 to its seq {execution.Seq}, not from {entry?.FirstSeq} to {entry?.LastSeq}.", nameof(entry));

    /// <summary>Blobs that what is written here refers to; the store remembers that the execution does, for as long as there is the execution.</summary>
    public ImmutableArray<string> Blobs { get; init; } = [];

    /// <summary>A snapshot that replaces the last one; null: that stays.</summary>
    public ExecutionSnapshot? Snapshot { get; init; }

    /// <summary>Messages that it leaves for other executions, in the same transaction; those refused are dropped, each with its outcome.</summary>
    public IReadOnlyList<AppendInbox> Messages { get; init; } = [];

    internal override long LastMessage => Messages.Count == 0 ? 0 : Messages.Max(message => message.MessageId);

    /// <summary>What becomes of its waits for the outside; at the end of the execution, all that are open are closed.</summary>
    public IReadOnlyList<WaitChange> Waits { get; init; } = [];
}

/// <summary>
/// Moves an execution on. Guarded by owner and seq: where either differs, nothing is written and the outcome is
/// <see cref="WriteOutcome.Fenced"/>. A terminal status also counts in the workflow's statistics, and gives its slots back.
/// </summary>
public sealed class AdvanceExecution(string tenant, string executionId, long owner, long expectedSeq) : Write(tenant)
{
    /// <summary>Which execution.</summary>
    public string ExecutionId { get; } = executionId;

    /// <summary>Its workflow, for the statistics.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>The epoch that must own it.</summary>
    public long Owner { get; } = owner;

    /// <summary>The seq it must stand at.</summary>
    public long ExpectedSeq { get; } = expectedSeq;

    /// <summary>The new events; null: only ownership or wake time changes.</summary>
    /// <exception cref="ArgumentException">They do not follow <see cref="ExpectedSeq"/> without a gap.</exception>
    public JournalEntry? Entry
    {
        get;
        init => field = value is not { } entry || (entry.FirstSeq == ExpectedSeq + 1 && entry.LastSeq >= entry.FirstSeq)
            ? value
            : throw new ArgumentException($"The events {entry.FirstSeq} to {entry.LastSeq} of execution '{ExecutionId}' do not follow {ExpectedSeq}.", nameof(value));
    }

    /// <summary>The status after it.</summary>
    public ExecutionStatus Status { get; init; }

    /// <summary>The owner after it: the same, or 0 to let go.</summary>
    public long NewOwner { get; init; }

    /// <summary>When it wants to run although nobody owns it; null: never by itself.</summary>
    public DateTimeOffset? WakeAt { get; init; }

    /// <summary>The version of its workflow that it runs from now on; null: the same as before.</summary>
    public int? Version { get; init; }

    /// <summary>The node that ran last.</summary>
    public string? CurrentStep { get; init; }

    /// <summary>Nodes in all.</summary>
    public int TotalNodes { get; init; }

    /// <summary>Nodes completed or skipped.</summary>
    public int CompletedNodes { get; init; }

    /// <summary>When its first event was recorded.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>What changed besides; null: nothing.</summary>
    public ExecutionSummary? Summary { get; init; }

    /// <summary>
    /// How many messages of its inbox its writer knows of, those among them that it handles. Where there are more, it is <see cref="WriteOutcome.Overtaken"/>: time
    /// does not pass before an answer that was acknowledged. Null: that does not matter.
    /// </summary>
    public int? KnownMessages { get; init; }

    /// <summary>Inbox messages that this commit handles; they are removed with it.</summary>
    public ImmutableArray<long> ConsumedMessages { get; init; } = [];

    /// <summary>Blobs that what is written here refers to; the store remembers that the execution does, for as long as there is the execution.</summary>
    public ImmutableArray<string> Blobs { get; init; } = [];

    /// <summary>A snapshot that replaces the last one; null: that stays.</summary>
    public ExecutionSnapshot? Snapshot { get; init; }

    /// <summary>Messages that it leaves for other executions, in the same transaction; those refused are dropped, each with its outcome.</summary>
    public IReadOnlyList<AppendInbox> Messages { get; init; } = [];

    internal override long LastMessage => Messages.Count == 0 ? 0 : Messages.Max(message => message.MessageId);

    /// <summary>What becomes of its waits for the outside; at the end of the execution, all that are open are closed.</summary>
    public IReadOnlyList<WaitChange> Waits { get; init; } = [];

    /// <summary>Computations for a cache that this execution no longer makes, by their holders: others may.</summary>
    public IReadOnlyList<string> GivenUp { get; init; } = [];

    /// <summary>How many signals have come that no node has taken yet; null: as many as before.</summary>
    public int? Signals { get; init; }
}

/// <summary>Columns of an execution that change seldom; empty JSON leaves a column as it is.</summary>
/// <param name="Variables">Its variables.</param>
/// <param name="Result">Its result.</param>
/// <param name="Error">Its error.</param>
/// <param name="Cost">Money and tokens.</param>
/// <param name="CompletedAt">When it ended.</param>
/// <param name="Duration">Start to end, milliseconds; counted in the statistics when it ends.</param>
public sealed record ExecutionSummary(JsonText Variables, JsonText Result, JsonText Error, JsonText Cost, DateTimeOffset? CompletedAt, long Duration);

/// <summary>
/// Takes up to <see cref="Limit"/> executions that nobody owns and that want to run (<c>WakeAt</c> not after <see cref="Now"/>): the highest
/// priority first, within it the tenants by turns where there are more than fit, within a tenant by wake time. Executions that waited for slots
/// which are free now, the highest priority and then the oldest first, want to run from then on.
/// One that limits hold back is not taken, unless a message <see cref="InboxMessage.Cancel"/> waits for it.
/// </summary>
public sealed class ClaimExecutions(DateTimeOffset now, int limit) : Write("")
{
    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>Only this one, whether or not it is due; null: any that are due.</summary>
    public string? ExecutionId { get; init; }

    /// <summary>Whether there may be more to take right now; set by the store.</summary>
    public bool HasMore { get; set; }

    /// <summary>What was claimed, now owned by the store's epoch; set by the store, also where it then cannot say whether the commit was done.</summary>
    public IReadOnlyList<ExecutionRecord> Claimed { get; set; } = [];
}

/// <summary>Leaves a message for an execution and makes it due, unless limits hold it back and it is not to be cancelled. <see cref="WriteOutcome.Terminal"/> once it has ended.</summary>
public sealed class AppendInbox(string tenant, string executionId, string kind, JsonText payload, DateTimeOffset receivedAt) : Write(tenant)
{
    /// <summary>For which execution.</summary>
    public string ExecutionId { get; } = executionId;

    /// <summary>The kind of message.</summary>
    public string Kind { get; } = kind;

    /// <summary>What it says, JSON.</summary>
    public JsonText Payload { get; } = payload;

    /// <summary>When it came.</summary>
    public DateTimeOffset ReceivedAt { get; } = receivedAt;

    /// <summary>Blobs that what is written here refers to; the store remembers that the execution does, for as long as there is the execution.</summary>
    public ImmutableArray<string> Blobs { get; init; } = [];

    /// <summary>How many messages of this kind may wait at most, those that the execution has taken in and kept included; 0: any number.
    /// One more is refused with <see cref="WriteOutcome.Full"/>.</summary>
    public int Limit { get; init; }

    /// <summary>The statuses that the execution may have; in others it is refused with <see cref="WriteOutcome.Conflict"/>. Default: any that is not terminal.</summary>
    public ImmutableArray<ExecutionStatus> Statuses { get; init; }

    /// <summary>The message's number; set by the store.</summary>
    public long MessageId { get; set; }

    internal override long LastMessage => MessageId;
}

/// <summary>Saves a workflow: creates it, or adds its next version. Versions are counted by the store.</summary>
public sealed class SaveWorkflow(WorkflowRecord workflow) : Write(workflow.Tenant)
{
    /// <summary>The workflow with its document; version, stats and creation time are the store's.</summary>
    public WorkflowRecord Workflow { get; } = workflow;

    /// <summary>Who saves it.</summary>
    public string? SavedBy { get; init; }

    /// <summary>How long its executions are kept once they have ended, whichever version they ran; null: as before.</summary>
    public RetentionPolicy? Retention { get; init; }

    /// <summary>The version it must stand at: 0: it must not exist; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }

    /// <summary>How many of its executions may be under way at once, from now on; null: any number. Not looked at in drafts.</summary>
    public int? Concurrency { get; init; }

    /// <summary>The version that was saved; set by the store.</summary>
    public int Version { get; set; }

    /// <summary>Whether it was created; set by the store.</summary>
    public bool Created { get; set; }
}

/// <summary>Turns a workflow's triggers on or off.</summary>
public sealed class ActivateWorkflow(string tenant, string id, bool isActive, DateTimeOffset now) : Write(tenant)
{
    /// <summary>Which workflow.</summary>
    public string Id { get; } = id;

    /// <summary>On or off.</summary>
    public bool IsActive { get; } = isActive;

    /// <summary>When.</summary>
    public DateTimeOffset Now { get; } = now;
}

/// <summary>Deletes a workflow from sight; its versions stay for executions that run, and its id stays taken.</summary>
public sealed class DeleteWorkflow(string tenant, string id, DateTimeOffset now) : Write(tenant)
{
    /// <summary>Which workflow.</summary>
    public string Id { get; } = id;

    /// <summary>When.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>The version it must stand at; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }
}

/// <summary>Stores a secret, or replaces its value.</summary>
public sealed class PutSecret(StoredSecret secret) : Write(secret.Tenant)
{
    /// <summary>The secret, encrypted.</summary>
    public StoredSecret Secret { get; } = secret;

    /// <summary>Whether one that is there already keeps the hosts that it has.</summary>
    public bool KeepsHosts { get; init; }
}

/// <summary>
/// Saves an integration: creates it, or adds one to its version. <see cref="WriteOutcome.Conflict"/> where another version was expected,
/// <see cref="WriteOutcome.Full"/> where the tenant has too many.
/// </summary>
public sealed class SaveIntegration(StoredIntegration integration) : Write(integration.Tenant)
{
    /// <summary>The integration; version and creation time are the store's.</summary>
    public StoredIntegration Integration { get; } = integration;

    /// <summary>The version it must stand at: 0: it must not exist; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }

    /// <summary>How many a tenant may have.</summary>
    public required int Most { get; init; }

    /// <summary>The version that was saved; set by the store.</summary>
    public int Version { get; set; }

    /// <summary>Whether it was created; set by the store.</summary>
    public bool Created { get; set; }
}

/// <summary>Deletes an integration; nobody is asked who uses it.</summary>
public sealed class DeleteIntegration(string tenant, string name) : Write(tenant)
{
    /// <summary>Which.</summary>
    public string Name { get; } = name;

    /// <summary>The version it must stand at; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }
}

/// <summary>Keeps a result in a cache, in place of the one before; whoever computes it, no longer does.</summary>
public sealed class PutCached(string tenant, CachedValue cached) : Write(tenant)
{
    /// <summary>What to keep.</summary>
    public CachedValue Cached { get; } = cached;
}

/// <summary>
/// Looks for a result in a cache and, where there is none, makes one execution the only one that computes it, for as long as it is under way and
/// has not given up: <see cref="WriteOutcome.Conflict"/> where another one is,
/// <see cref="WriteOutcome.Terminal"/> where the execution has ended.
/// </summary>
public sealed class TakeComputation(string tenant, string scope, string key, string executionId, string holder, DateTimeOffset now) : Write(tenant)
{
    /// <summary>Which cache.</summary>
    public string Scope { get; } = scope;

    /// <summary>Which result.</summary>
    public string Key { get; } = key;

    /// <summary>The execution that would compute it.</summary>
    public string ExecutionId { get; } = executionId;

    /// <summary>What would compute it, the same after a crash: <see cref="AdvanceExecution.GivenUp"/>.</summary>
    public string Holder { get; } = holder;

    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>What is kept already; null: nothing, so that it is to be computed. Set by the store.</summary>
    public CachedValue? Found { get; set; }
}

/// <summary>Removes cached results that are no longer good.</summary>
public sealed class PruneCache(DateTimeOffset now, int limit) : Write("")
{
    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>How many results were removed; set by the store.</summary>
    public int Removed { get; set; }
}

/// <summary>Deletes a secret.</summary>
public sealed class DeleteSecret(string tenant, string name) : Write(tenant)
{
    /// <summary>Which.</summary>
    public string Name { get; } = name;
}

/// <summary>
/// Deletes executions that have ended: from then on they are not there for anybody. Each is deleted or refused alone, in
/// <see cref="Results"/>. What is long about them goes piece by piece, in later <see cref="PurgeDeleted"/>s.
/// </summary>
public sealed class DeleteExecutions(string tenant, ImmutableArray<string> ids) : Write(tenant)
{
    /// <summary>Which.</summary>
    public ImmutableArray<string> Ids { get; } = ids;

    /// <summary>What became of each, in order: <see cref="WriteOutcome.Done"/>, <see cref="WriteOutcome.NotFound"/> or <see cref="WriteOutcome.NotEnded"/>; set by the store.</summary>
    public IReadOnlyList<WriteOutcome> Results { get; set; } = [];
}

/// <summary>
/// Lists what ended before any retention was set, a bounded number at a time, so that <see cref="IStore.ListExpiredAsync"/> finds it. A store may leave
/// that list empty, and every commit the cheaper, until <see cref="Begin"/>, or until a workflow is saved with a <see cref="SaveWorkflow.Retention"/>.
/// </summary>
public sealed class ListEnded(int limit, bool begin) : Write("")
{
    /// <summary>How many executions are looked at.</summary>
    public int Limit { get; } = limit;

    /// <summary>Whether what ends is to be listed from now on, because there is a default.</summary>
    public bool Begin { get; } = begin;

    /// <summary>Whether there is more to list; set by the store.</summary>
    public bool MayBeMore { get; set; }
}

/// <summary>Removes what is left of deleted executions, a bounded number of rows.</summary>
public sealed class PurgeDeleted(int rows) : Write("")
{
    /// <summary>How many rows at most, roughly.</summary>
    public int Rows { get; } = rows;

    /// <summary>Blobs to which nobody refers any more because of this; set by the store.</summary>
    public IReadOnlyList<string> FreedBlobs { get; set; } = [];

    /// <summary>Whether there is more to remove; set by the store.</summary>
    public bool MayBeMore { get; set; }
}

/// <summary>Forgets idempotency keys by the store's own clock, which is also the one that says when they were used.</summary>
public sealed class PruneIdempotencyKeys(TimeSpan keep, int limit) : Write("")
{
    /// <summary>How long ago they must have been used.</summary>
    public TimeSpan Keep { get; } = keep;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>How many were forgotten; set by the store.</summary>
    public int Forgotten { get; set; }
}

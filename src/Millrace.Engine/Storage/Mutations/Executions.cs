using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>
/// Creates an execution: pending and unowned, or already running with its first events. Also counts it in its workflow's statistics.
/// Where <see cref="Admission"/> does not let it start, it is stored as pending instead and the outcome is <see cref="WriteOutcome.Throttled"/>.
/// </summary>
public sealed class CreateExecution(ExecutionRecord execution, JournalEntry? entry) : Mutation(execution.Tenant)
{
    /// <summary>The execution as it is after this commit.</summary>
    public ExecutionRecord Execution { get; } = execution;

    /// <summary>What its start needs; null: nothing.</summary>
    public Admission? Admission { get; init; }

    /// <summary>Its first events; null: it stays pending.</summary>
    /// <exception cref="ArgumentException">They do not run from 1 to the execution's seq.</exception>
    public JournalEntry? Entry { get; } = (entry?.FirstSeq ?? 1) == 1 && (entry?.LastSeq ?? 0) == execution.Seq
        ? entry
        : throw new ArgumentException($"The first events of execution '{execution.Id}' must run from 1 to its seq {execution.Seq}, not from {entry?.FirstSeq} to {entry?.LastSeq}.", nameof(entry));

    /// <summary>Blobs that what is written here refers to; the store remembers that the execution does, for as long as there is the execution.</summary>
    public ImmutableArray<string> Blobs { get; init; } = [];

    /// <summary>A snapshot that replaces the last one; null: that stays.</summary>
    public ExecutionSnapshot? Snapshot { get; init; }

    /// <summary>
    /// What became of the rows of its node runs; null: nothing that is stored. The first time they are all there, so that an execution has
    /// rows for all of its runs or for none.
    /// </summary>
    public NodeRunChanges? Runs { get; init; }

    /// <summary>Messages that it leaves for other executions, in the same transaction; those refused are dropped, each with its own result.</summary>
    public IReadOnlyList<AppendInbox> Messages { get; init; } = [];

    /// <summary>What becomes of its waits for the outside; at the end of the execution, all that are open are closed.</summary>
    public IReadOnlyList<WaitChange> Waits { get; init; } = [];

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Execution.Id;
}

/// <summary>
/// Moves an execution on. Guarded by owner and seq: where either differs, nothing is written and the outcome is
/// <see cref="WriteOutcome.Fenced"/>. A terminal status also counts in the workflow's statistics, and gives its slots back.
/// </summary>
public sealed class AdvanceExecution(string tenant, string executionId, long owner, long expectedSeq) : Mutation(tenant)
{
    /// <summary>The id of the execution.</summary>
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

    /// <summary>The number of nodes that count for progress.</summary>
    public int TotalNodes { get; init; }

    /// <summary>Nodes completed or skipped.</summary>
    public int CompletedNodes { get; init; }

    /// <summary>When its first event was recorded.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>What changed besides; null: nothing.</summary>
    public ExecutionUpdate? Update { get; init; }

    /// <summary>
    /// How many messages of its inbox its writer knows of, those among them that it handles. Where there are more, it is <see cref="WriteOutcome.UnreadMessages"/>: time
    /// does not pass before an answer that was acknowledged. Null: that does not matter.
    /// </summary>
    public int? KnownMessages { get; init; }

    /// <summary>Inbox messages that this commit handles; they are removed with it.</summary>
    public ImmutableArray<long> ConsumedMessages { get; init; } = [];

    /// <summary>Blobs that what is written here refers to; the store remembers that the execution does, for as long as there is the execution.</summary>
    public ImmutableArray<string> Blobs { get; init; } = [];

    /// <summary>A snapshot that replaces the last one; null: that stays.</summary>
    public ExecutionSnapshot? Snapshot { get; init; }

    /// <summary>
    /// What became of the rows of its node runs; null: nothing that is stored. The first time they are all there, so that an execution has
    /// rows for all of its runs or for none.
    /// </summary>
    public NodeRunChanges? Runs { get; init; }

    /// <summary>Messages that it leaves for other executions, in the same transaction; those refused are dropped, each with its own result.</summary>
    public IReadOnlyList<AppendInbox> Messages { get; init; } = [];

    /// <summary>What becomes of its waits for the outside; at the end of the execution, all that are open are closed.</summary>
    public IReadOnlyList<WaitChange> Waits { get; init; } = [];

    /// <summary>Computations for a cache that this execution no longer makes, by their holders: others may.</summary>
    public IReadOnlyList<string> GivenUp { get; init; } = [];

    /// <summary>
    /// What calls have spent whose outcomes this commit records, so that what budgets have used is what journals say was spent. One for which nothing is
    /// reserved is ignored. At the end of the execution, what is still reserved for it is given back.
    /// </summary>
    public IReadOnlyList<BudgetSettlement> Settlements { get; init; } = [];

    /// <summary>How many signals have come that no node has taken yet; null: as many as before.</summary>
    public int? Signals { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => ExecutionId;
}

/// <summary>Columns of an execution that change seldom; empty JSON leaves a column as it is.</summary>
/// <param name="Variables">Its variables.</param>
/// <param name="Result">Its result.</param>
/// <param name="Error">Its error.</param>
/// <param name="Cost">Money and tokens.</param>
/// <param name="CompletedAt">When it ended.</param>
/// <param name="Duration">Start to end, milliseconds; counted in the statistics when it ends.</param>
public sealed record ExecutionUpdate(JsonText Variables, JsonText Result, JsonText Error, JsonText Cost, DateTimeOffset? CompletedAt, long Duration);

/// <summary>
/// Takes up to <see cref="Limit"/> executions that nobody owns and that want to run (<c>WakeAt</c> not after <see cref="Now"/>): the highest
/// priority first, within it the tenants by turns where there are more than fit, within a tenant by wake time. Executions that waited for slots
/// which are free now, the highest priority and then the oldest first, want to run from then on.
/// One that limits hold back is not taken, unless a message <see cref="InboxMessage.Cancel"/> waits for it.
/// </summary>
public sealed class ClaimExecutions(DateTimeOffset now, int limit) : Mutation("")
{
    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>Only this one, whether or not it is due; null: any that are due.</summary>
    public string? ExecutionId { get; init; }
}

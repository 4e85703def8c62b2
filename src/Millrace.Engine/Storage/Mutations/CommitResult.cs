using System.Collections.Immutable;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>What became of one member of a batch. It never changes, so that the plain ones are shared. The set is closed.</summary>
public abstract record CommitResult
{
    private CommitResult(WriteOutcome outcome) => Outcome = outcome;

    /// <summary>Whether it was written, or why not.</summary>
    public WriteOutcome Outcome { get; }

    /// <summary>Whether executions that limits held back may start because of it, so that somebody should claim.</summary>
    public bool MakesRoom { get; init; }

    /// <summary>The largest number of a message that it has left in an inbox; 0: none.</summary>
    internal virtual long LastMessage => 0;

    /// <summary>Written, with nothing more to say.</summary>
    public static CommitResult Done { get; } = Plain.Shared[(int)WriteOutcome.Done];

    /// <summary>Written, and executions that limits held back may start.</summary>
    public static CommitResult DoneWithRoom { get; } = new Plain(WriteOutcome.Done) { MakesRoom = true };

    /// <summary>The same, and executions that limits held back may start.</summary>
    public static CommitResult WithRoom(CommitResult result) => ReferenceEquals(result, Done) ? DoneWithRoom : result with { MakesRoom = true };

    /// <summary>The result of a mutation that was refused.</summary>
    public static CommitResult Refused(WriteOutcome outcome) => Plain.Shared[(int)outcome];

    /// <summary>There is nothing to say but the outcome.</summary>
    public sealed record Plain : CommitResult
    {
        internal static readonly ImmutableArray<Plain> Shared = [.. Enum.GetValues<WriteOutcome>().Select(outcome => new Plain(outcome))];

        internal Plain(WriteOutcome outcome)
            : base(outcome)
        {
        }
    }

    /// <summary>Its idempotency key was used before, or what it says was said before.</summary>
    /// <param name="ResourceId">The id of what was written then.</param>
    public sealed record Duplicate(string ResourceId) : CommitResult(WriteOutcome.Duplicate);

    /// <summary>An execution was created or moved on, and has messages for others.</summary>
    /// <param name="Messages">What became of each message, in order.</param>
    public sealed record Sent(IReadOnlyList<CommitResult> Messages) : CommitResult(WriteOutcome.Done)
    {
        internal override long LastMessage => Messages.Max(message => message.LastMessage);
    }

    /// <summary>An execution was created, but limits hold its start back.</summary>
    /// <param name="Execution">It, as it is stored, with the reason.</param>
    public sealed record Throttled(ExecutionRecord Execution) : CommitResult(WriteOutcome.Throttled);

    /// <summary>A message is in the inbox of its execution.</summary>
    /// <param name="MessageId">Its number, larger than that of every message that this execution was left before.</param>
    public sealed record Appended(long MessageId) : CommitResult(WriteOutcome.Done)
    {
        internal override long LastMessage => MessageId;
    }

    /// <summary>Executions were claimed.</summary>
    /// <param name="Executions">They, owned by the claiming epoch now.</param>
    /// <param name="HasMore">Whether there may be more to claim right now.</param>
    public sealed record Claimed(IReadOnlyList<ExecutionRecord> Executions, bool HasMore) : CommitResult(WriteOutcome.Done);

    /// <summary>A workflow or an integration was saved.</summary>
    /// <param name="Version">The version that was saved.</param>
    /// <param name="Created">Whether there was none before.</param>
    public sealed record Saved(int Version, bool Created) : CommitResult(WriteOutcome.Done);

    /// <summary>A worker has leased tasks.</summary>
    /// <param name="Tasks">The tasks.</param>
    /// <param name="NextExpiry">For each queue that was asked for, when the first lease of its tasks runs out; null: none is leased.</param>
    public sealed record Leased(IReadOnlyList<WorkerTask> Tasks, ImmutableArray<DateTimeOffset?> NextExpiry) : CommitResult(WriteOutcome.Done);

    /// <summary>A result was in the cache, so that there is nothing to compute.</summary>
    /// <param name="Value">The cached result.</param>
    public sealed record Found(CachedValue Value) : CommitResult(WriteOutcome.Done);

    /// <summary>A budget does not allow a call.</summary>
    /// <param name="Shortage">Which limit, and how it stands.</param>
    public sealed record OverBudget(BudgetShortage Shortage) : CommitResult(WriteOutcome.OverBudget);

    /// <summary>Events were published.</summary>
    /// <param name="Known">How many of them had been published before.</param>
    public sealed record Published(int Known) : CommitResult(WriteOutcome.Done);

    /// <summary>What was kept long enough was removed.</summary>
    /// <param name="Count">The number of rows deleted.</param>
    public sealed record Pruned(int Count) : CommitResult(WriteOutcome.Done);

    /// <summary>Executions were deleted, each alone.</summary>
    /// <param name="Outcomes">For each, in order: <see cref="WriteOutcome.Done"/>, <see cref="WriteOutcome.NotFound"/> or <see cref="WriteOutcome.NotEnded"/>.</param>
    public sealed record Deleted(IReadOnlyList<WriteOutcome> Outcomes) : CommitResult(WriteOutcome.Done);

    /// <summary>Some of what had ended is indexed.</summary>
    /// <param name="HasMore">Whether there is more to index.</param>
    public sealed record Indexed(bool HasMore) : CommitResult(WriteOutcome.Done);

    /// <summary>Some of what was left of deleted executions is gone.</summary>
    /// <param name="FreedBlobs">Blobs to which nobody refers any more because of this.</param>
    /// <param name="HasMore">Whether there is more to remove.</param>
    public sealed record Purged(IReadOnlyList<string> FreedBlobs, bool HasMore) : CommitResult(WriteOutcome.Done);
}

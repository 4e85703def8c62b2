using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Storage.Reads;

namespace Millrace.Engine.Storage;

/// <summary>
/// Where everything durable lives: one way to write, a batch of <see cref="Mutation"/>s as one transaction; hints of what was written; and reads by
/// capability, each of which takes the tenant. Implementations pass the conformance suite in tests/Millrace.Storage.Tests.
/// </summary>
/// <remarks>
/// What concerns one execution happens one after the other: to claim it, to move it on and to leave it a message serialise on its row. So a guard that
/// counts the messages of an execution, or a release that looks whether one waits, sees every message that was acknowledged before it.
/// </remarks>
public interface IStore : IWorkflowReads, IExecutionReads, IJournalReads, IInboxReads, IWaitReads, ITaskReads, ISecretReads, IIntegrationReads, IEventReads,
    ICacheReads, ILimitReads, IBudgetReads, IRetentionReads, IAsyncDisposable
{
    /// <summary>Who this process is among the owners of the store.</summary>
    IOwnership Ownership { get; }

    /// <summary>Hints about what was committed, for those who keep something of it in memory.</summary>
    IChanges Changes { get; }

    /// <summary>
    /// Writes a batch as one durable transaction, synced to disk before this ends, and says what became of each member, in order. Each member
    /// succeeds or is refused alone. Called by the committer only, one call at a time; a store that has nothing to wait for ends synchronously.
    /// </summary>
    /// <param name="batch">What to write. The store keeps nothing of it: the writer uses its buffers again.</param>
    /// <param name="cancellation">Ends the wait before the transaction has begun; from then on it is carried through.</param>
    /// <exception cref="StoreException">Nothing of the batch was written (<see cref="StoreException.RolledBack"/>), or it is unknown.</exception>
    ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default);
}

/// <summary>Which part of a list: the entries after a cursor (the id of the last one seen), or from an offset.</summary>
/// <param name="Limit">How many at most, from 1 to <see cref="MaxLimit"/>.</param>
/// <param name="After">The id of the last entry of the page before; null: from the start.</param>
/// <param name="Offset">Entries to leave out; for clients that count pages.</param>
public sealed record Page(int Limit = 50, string? After = null, int Offset = 0)
{
    /// <summary>The most that a store gives at once.</summary>
    public const int MaxLimit = 1_000;
}

/// <summary>A failure of the store itself.</summary>
public sealed class StoreException(string message, bool rolledBack, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True: nothing was written. False: whether it was written is unknown (the commit itself failed).</summary>
    public bool RolledBack { get; } = rolledBack;

    /// <summary>Where it is unknown whether a batch was written: what became of each member if it was. Empty: that is unknown too.</summary>
    public IReadOnlyList<CommitResult> Results { get; init; } = [];

    /// <summary>What is wrong, as far as somebody can do something about it.</summary>
    public StoreTrouble Trouble { get; init; }

    /// <summary>True: nothing was tried, because too much waits to be written already.</summary>
    public bool IsBusy { get; init; }

    /// <summary>
    /// True: what the store said to be on the disk may not be there, and only opening it anew can tell. Nothing may be written to it any more; trying
    /// again would seem to succeed.
    /// </summary>
    public bool IsFinal { get; init; }
}

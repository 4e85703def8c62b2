using Millrace.Core.Definitions;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Storage;

/// <summary>
/// Where everything durable lives. Small on purpose: one way to write (a batch of <see cref="Mutation"/>s as one transaction),
/// and reads, each of which takes the tenant. Implementations pass the conformance suite in tests/Millrace.Storage.Tests.
/// </summary>
public interface IStore : IAsyncDisposable
{
    /// <summary>This owner's number: larger than that of every owner that opened the store before.</summary>
    long Epoch { get; }

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

    /// <summary>A workflow with its current version's document; null where the tenant has none by this id.</summary>
    ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>One version of a workflow; deleted workflows' versions stay readable for their running executions.</summary>
    ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default);

    /// <summary>The versions of a workflow that is not deleted, newest first, without documents; the cursor is a version number.</summary>
    ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default);

    /// <summary>Workflows with their documents, newest id first.</summary>
    ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default);

    /// <summary>An execution as last committed; null where the tenant has none by this id.</summary>
    ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>Executions, newest id first.</summary>
    ValueTask<IReadOnlyList<ExecutionRecord>> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default);

    /// <summary>Journal entries that hold any event after <paramref name="afterSeq"/>, in order, at most <paramref name="limit"/>.</summary>
    ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, CancellationToken cancellation = default);

    /// <summary>
    /// Journal entries of all executions of a tenant, or of one workflow, in the order of their commits: those after a position, at most
    /// <paramref name="limit"/>. Whatever a position comes after was visible before it.
    /// </summary>
    ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, long after, int limit, CancellationToken cancellation = default);

    /// <summary>The position of the last entry that <see cref="ReadFeedAsync"/> could give anybody; 0: there is none.</summary>
    ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default);

    /// <summary>Messages that wait for an execution, oldest first.</summary>
    ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default);

    /// <summary>A wait for the outside; null where the tenant has none by this id.</summary>
    ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>Waits for the outside, newest id first.</summary>
    ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default);

    /// <summary>A task of a worker; null where the tenant has none by this id.</summary>
    ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>The node types that a tenant's workers do, by name. There are no pages: their number is bounded when they are registered.</summary>
    ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default);

    /// <summary>A tenant's secrets, encrypted, by name. Secrets are few: there are no pages.</summary>
    ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default);

    /// <summary>Published events, the latest first; the cursor is a position.</summary>
    ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default);

    /// <summary>An integration; null where the tenant has none by this name.</summary>
    ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default);

    /// <summary>A tenant's integrations, by name. They are few: there are no pages.</summary>
    ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default);

    /// <summary>A result in a cache that is still good; null: there is none.</summary>
    ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default);

    /// <summary>
    /// The limits of concurrency that executions of a tenant hold slots of or wait for: the tenant's own first, then by workflow and key. The
    /// cursor is a <see cref="LimitScope"/> as text.
    /// </summary>
    ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default);

    /// <summary>The last snapshot of an execution; null: it has none.</summary>
    ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default);

    /// <summary>
    /// Executions, of any tenant, that ended longer ago than they are kept: as the current version of their workflow says, else as the
    /// defaults say; at most <paramref name="limit"/>, in no order. Of what ended before any retention was set, what <see cref="IndexEnded"/> has indexed.
    /// </summary>
    ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default);

    /// <summary>Whether an execution of this tenant refers to a blob.</summary>
    ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default);

    /// <summary>Those of some blobs to which no execution refers, of whichever tenant.</summary>
    ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default);

    /// <summary>When the next execution that nobody owns wants to run; null: none does.</summary>
    ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default);
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

    /// <summary>True: nothing was tried, because too much waits to be written already.</summary>
    public bool IsBusy { get; init; }

    /// <summary>
    /// True: what the store said to be on the disk may not be there, and only opening it anew can tell. Nothing may be written to it any more; trying
    /// again would seem to succeed.
    /// </summary>
    public bool IsFinal { get; init; }
}

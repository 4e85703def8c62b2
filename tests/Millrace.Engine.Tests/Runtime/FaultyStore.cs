using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>A store that refuses some commits as a full disk would: the transaction is rolled back.</summary>
internal sealed class FaultyStore : IStore
{
    private IStore _inner = null!;
    private int _failNextAdvances;
    private int _failNextJournalReads;
    private int _failNextExpiredReads;
    private int _loseNextEnds;

    public int FailNextAdvances
    {
        get => Volatile.Read(ref _failNextAdvances);
        set => Volatile.Write(ref _failNextAdvances, value);
    }

    public int FailNextJournalReads
    {
        get => Volatile.Read(ref _failNextJournalReads);
        set => Volatile.Write(ref _failNextJournalReads, value);
    }

    /// <summary>How many commits that end an execution are durable without anybody being told so.</summary>
    public int LoseNextEnds { set => Volatile.Write(ref _loseNextEnds, value); }

    public int FailNextExpiredReads { set => Volatile.Write(ref _failNextExpiredReads, value); }

    /// <summary>Called with every batch before it is written.</summary>
    public Action<IReadOnlyList<Write>> Writing { get; set; } = _ => { };

    public long Epoch => _inner.Epoch;

    public IChanges Changes => _inner.Changes;

    public IStore Decorate(IStore inner)
    {
        _inner = inner;
        return this;
    }

    public void Write(IReadOnlyList<Write> batch)
    {
        Writing(batch);
        if (batch.Any(write => write is AdvanceExecution) && FailNextAdvances > 0)
        {
            if (batch.Count == 1)
                Interlocked.Decrement(ref _failNextAdvances);
            throw new StoreException("The disk is full (a test says so).", rolledBack: true);
        }
        _inner.Write(batch);
        if (batch.Any(write => write is AdvanceExecution advance && advance.Status.IsTerminal()) && Interlocked.Decrement(ref _loseNextEnds) >= 0)
            throw new StoreException("The connection is lost (a test says so).", rolledBack: false);
    }

    public ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) => _inner.ReadWorkflowAsync(tenant, id, cancellation);

    public ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) => _inner.ReadVersionAsync(tenant, id, version, cancellation);

    public ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default) => _inner.ListVersionsAsync(tenant, id, page, cancellation);

    public ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) => _inner.ListWorkflowsAsync(tenant, filter, page, cancellation);

    public ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) => _inner.ReadExecutionAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<ExecutionRecord>> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) => _inner.ListExecutionsAsync(tenant, filter, page, cancellation);

    public ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, CancellationToken cancellation = default)
    {
        if (FailNextJournalReads <= 0)
            return _inner.ReadJournalAsync(tenant, executionId, afterSeq, limit, cancellation);
        Interlocked.Decrement(ref _failNextJournalReads);
        throw new StoreException("The disk cannot be read (a test says so).", rolledBack: true);
    }

    public ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, long after, int limit, CancellationToken cancellation = default) => _inner.ReadFeedAsync(tenant, workflowId, after, limit, cancellation);

    public ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => _inner.ReadFeedEndAsync(cancellation);

    public ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default) => _inner.ReadInboxAsync(tenant, executionId, cancellation);

    public ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) => _inner.ReadSnapshotAsync(tenant, executionId, cancellation);

    public ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) => Interlocked.Decrement(ref _failNextExpiredReads) >= 0
        ? throw new StoreException("The disk cannot be read (a test says so).", rolledBack: true)
        : _inner.ListExpiredAsync(defaults, now, limit, cancellation);

    public ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) => _inner.RefersToBlobAsync(tenant, blobId, cancellation);

    public ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default) => _inner.ListUnreferredAsync(blobIds, cancellation);

    public ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) => _inner.NextWakeAsync(cancellation);

    public ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default) => _inner.ReadTaskAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default) => _inner.ListWorkerTypesAsync(tenant, cancellation);

    public ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default) => _inner.ListSecretsAsync(tenant, cancellation);

    public ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default) => _inner.ReadIntegrationAsync(tenant, name, cancellation);

    public ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default) => _inner.ListIntegrationsAsync(tenant, cancellation);

    public ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default) => _inner.ReadWaitAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default) => _inner.ListWaitsAsync(tenant, filter, page, cancellation);

    public ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default) =>
        _inner.ListEventsAsync(tenant, filter, page, cancellation);

    public ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default) =>
        _inner.ReadCachedAsync(tenant, scope, key, now, cancellation);

    public ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default) => _inner.ListLimitsAsync(tenant, page, cancellation);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}

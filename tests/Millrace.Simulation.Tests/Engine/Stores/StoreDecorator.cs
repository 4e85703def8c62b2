using Millrace.Core.Definitions;
using Millrace.Engine.Storage;

namespace Millrace.Simulation.Tests.Engine.Stores;

/// <summary>A store around another one, for what changes some of it.</summary>
internal abstract class StoreDecorator(IStore inner) : IStore
{
    protected IStore Inner => inner;

    public long Epoch => inner.Epoch;

    public IChanges Changes => inner.Changes;

    public virtual void Write(IReadOnlyList<Write> batch) => inner.Write(batch);

    public virtual ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) => inner.ReadWorkflowAsync(tenant, id, cancellation);

    public virtual ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) => inner.ReadVersionAsync(tenant, id, version, cancellation);

    public virtual ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default) => inner.ListVersionsAsync(tenant, id, page, cancellation);

    public virtual ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) => inner.ListWorkflowsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) => inner.ReadExecutionAsync(tenant, id, cancellation);

    public virtual ValueTask<IReadOnlyList<ExecutionRecord>> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) => inner.ListExecutionsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, CancellationToken cancellation = default) => inner.ReadJournalAsync(tenant, executionId, afterSeq, limit, cancellation);

    public virtual ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, long after, int limit, CancellationToken cancellation = default) => inner.ReadFeedAsync(tenant, workflowId, after, limit, cancellation);

    public virtual ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => inner.ReadFeedEndAsync(cancellation);

    public virtual ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default) => inner.ReadInboxAsync(tenant, executionId, cancellation);

    public virtual ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default) => inner.ReadWaitAsync(tenant, id, cancellation);

    public virtual ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default) => inner.ListWaitsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default) => inner.ReadTaskAsync(tenant, id, cancellation);

    public virtual ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default) => inner.ListWorkerTypesAsync(tenant, cancellation);

    public virtual ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default) => inner.ListSecretsAsync(tenant, cancellation);

    public virtual ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default) =>
        inner.ListEventsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default) => inner.ReadIntegrationAsync(tenant, name, cancellation);

    public virtual ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default) => inner.ListIntegrationsAsync(tenant, cancellation);

    public virtual ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default) =>
        inner.ReadCachedAsync(tenant, scope, key, now, cancellation);

    public virtual ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default) => inner.ListLimitsAsync(tenant, page, cancellation);

    public virtual ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) => inner.ReadSnapshotAsync(tenant, executionId, cancellation);

    public virtual ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) => inner.ListExpiredAsync(defaults, now, limit, cancellation);

    public virtual ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) => inner.RefersToBlobAsync(tenant, blobId, cancellation);

    public virtual ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default) => inner.ListUnreferredAsync(blobIds, cancellation);

    public virtual ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) => inner.NextWakeAsync(cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

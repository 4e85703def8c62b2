using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>A store around another one, for what changes some of it.</summary>
internal abstract class StoreDecorator(IStore inner) : IStore
{
    /// <summary>The store behind it.</summary>
    protected virtual IStore Target => inner;

    /// <summary>The store behind it, for commits and reads: whoever stops those stops them here.</summary>
    protected virtual IStore Inner => Target;

    public virtual IOwnership Ownership => Target.Ownership;

    public virtual IChanges Changes => Target.Changes;

    public virtual ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default) => Inner.CommitAsync(batch, cancellation);

    public virtual ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) => Inner.ReadWorkflowAsync(tenant, id, cancellation);

    public virtual ValueTask<WorkflowVersion?> ReadVersionAsync(
        string tenant, string id, int version, CancellationToken cancellation = default) =>
        Inner.ReadVersionAsync(tenant, id, version, cancellation);

    public virtual ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(
        string tenant, string id, Page page, CancellationToken cancellation = default) =>
        Inner.ListVersionsAsync(tenant, id, page, cancellation);

    public virtual ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(
        string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) =>
        Inner.ListWorkflowsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) => Inner.ReadExecutionAsync(tenant, id, cancellation);

    public virtual ValueTask<ExecutionPage> ListExecutionsAsync(
        string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) =>
        Inner.ListExecutionsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<IReadOnlyList<ExecutionRecord>> ReadExecutionsAsync(string tenant, IReadOnlyList<string> ids, int maxBytes = int.MaxValue, CancellationToken cancellation = default) =>
        Inner.ReadExecutionsAsync(tenant, ids, maxBytes, cancellation);

    public virtual ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
        string tenant,
        string executionId,
        long afterSeq,
        int limit,
        int maxBytes = int.MaxValue,
        CancellationToken cancellation = default) =>
        Inner.ReadJournalAsync(tenant, executionId, afterSeq, limit, maxBytes, cancellation);

    public virtual ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(
        string tenant,
        string? workflowId,
        FeedCursor after,
        int limit,
        int maxBytes = int.MaxValue,
        CancellationToken cancellation = default) =>
        Inner.ReadFeedAsync(tenant, workflowId, after, limit, maxBytes, cancellation);

    public virtual ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => Inner.ReadFeedEndAsync(cancellation);

    public virtual ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(
        string tenant, string executionId, CancellationToken cancellation = default) =>
        Inner.ReadInboxAsync(tenant, executionId, cancellation);

    public virtual ValueTask<IReadOnlyList<ExecutionKey>> ListUnreadAsync(CancellationToken cancellation = default) => Inner.ListUnreadAsync(cancellation);

    public virtual ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default) => Inner.ReadWaitAsync(tenant, id, cancellation);

    public virtual ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(
        string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default) =>
        Inner.ListWaitsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default) => Inner.ReadTaskAsync(tenant, id, cancellation);

    public virtual ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default) => Inner.ListWorkerTypesAsync(tenant, cancellation);

    public virtual ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default) => Inner.ListSecretsAsync(tenant, cancellation);

    public virtual ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default) =>
        Inner.ListEventsAsync(tenant, filter, page, cancellation);

    public virtual ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default) => Inner.ReadIntegrationAsync(tenant, name, cancellation);

    public virtual ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default) => Inner.ListIntegrationsAsync(tenant, cancellation);

    public virtual ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default) =>
        Inner.ReadCachedAsync(tenant, scope, key, now, cancellation);

    public virtual ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default) => Inner.ListLimitsAsync(tenant, page, cancellation);

    public virtual ValueTask<BudgetBalance> ReadBudgetAsync(string tenant, BudgetAccount account, CancellationToken cancellation = default) => Inner.ReadBudgetAsync(tenant, account, cancellation);

    public virtual ValueTask<IReadOnlyList<BudgetUse>> ListBudgetsAsync(string tenant, string? scope, Page page, CancellationToken cancellation = default) =>
        Inner.ListBudgetsAsync(tenant, scope, page, cancellation);

    public virtual ValueTask<IReadOnlyList<NodeRunRow>> ReadRunsAsync(
        string tenant, string executionId, int after, int limit, CancellationToken cancellation = default) =>
        Inner.ReadRunsAsync(tenant, executionId, after, limit, cancellation);

    public virtual ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(
        string tenant, string executionId, CancellationToken cancellation = default) =>
        Inner.ReadSnapshotAsync(tenant, executionId, cancellation);

    public virtual ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(
        RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) =>
        Inner.ListExpiredAsync(defaults, now, limit, cancellation);

    public virtual ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) => Inner.RefersToBlobAsync(tenant, blobId, cancellation);

    public virtual ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default) => Inner.ListUnreferredAsync(blobIds, cancellation);

    public virtual ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) => Inner.NextWakeAsync(cancellation);

    public virtual ValueTask DisposeAsync() => Target.DisposeAsync();
}

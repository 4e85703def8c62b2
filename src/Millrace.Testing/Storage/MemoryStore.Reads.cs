using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Testing.Storage;

internal sealed partial class MemoryStore
{
    /// <inheritdoc/>
    public ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(data => WorkflowTable.Find(data, tenant, id), cancellation);

    /// <inheritdoc/>
    public ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) =>
        Read(data => WorkflowTable.FindVersion(data, tenant, id, version), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default) =>
        Read(data => WorkflowTable.ListVersions(data, tenant, id, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) =>
        Read(data => WorkflowTable.List(data, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(data => data.Find(tenant, id)?.Record, cancellation);

    /// <inheritdoc/>
    public ValueTask<ExecutionPage> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) =>
        Read(data => ExecutionList.Read(data, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExecutionRecord>> ReadExecutionsAsync(
        string tenant, IReadOnlyList<string> ids, int maxBytes = int.MaxValue, CancellationToken cancellation = default) =>
        Read(data => ExecutionList.ReadAll(data, tenant, ids, maxBytes), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
        string tenant,
        string executionId,
        long afterSeq,
        int limit,
        int maxBytes = int.MaxValue,
        CancellationToken cancellation = default) =>
        Read(data => ExecutionQueries.ReadJournal(data, tenant, executionId, afterSeq, limit, maxBytes), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default) =>
        Read(data => ExecutionQueries.ReadFeed(data, tenant, workflowId, after, limit, maxBytes), cancellation);

    /// <inheritdoc/>
    public ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => Read(data => (long)data.Feed.Count, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<InboxMessage>>(data => data.Find(tenant, executionId) is { } row ? [.. row.Inbox] : [], cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExecutionKey>> ListUnreadAsync(CancellationToken cancellation = default) =>
        Read<IReadOnlyList<ExecutionKey>>(
            data => [.. data.Executions.Values.Where(row => row.Record.Owner == Ownership.Epoch && row.Inbox.Count > 0).Select(row => new ExecutionKey(row.Record.Tenant, row.Record.Id))],
            cancellation);

    /// <inheritdoc/>
    public ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(data => data.Waits.GetValueOrDefault((tenant, id)), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default) =>
        Read(data => WaitTable.List(data, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(data => TaskTable.Find(data, tenant, id)?.Task, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<WorkerTypeRecord>>(data => TaskTable.ListTypes(data, tenant), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<StoredSecret>>(data => [.. data.Secrets.Values.Where(secret => Same(secret.Tenant, tenant)).OrderBy(secret => secret.Name, StringComparer.Ordinal)], cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default) =>
        Read(data => PublishedEventTable.List(data, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default) =>
        Read(data => data.Integrations.GetValueOrDefault((tenant, name)), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<StoredIntegration>>(data => [.. IntegrationTable.List(data, tenant)], cancellation);

    /// <inheritdoc/>
    public ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default) =>
        Read(data => CacheTable.Find(data, tenant, scope, key, now), cancellation);

    /// <inheritdoc/>
    public ValueTask<BudgetBalance> ReadBudgetAsync(string tenant, BudgetAccount account, CancellationToken cancellation = default) =>
        Read(data => data.Budgets.Find(tenant, account), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BudgetUse>> ListBudgetsAsync(string tenant, string? scope, Page page, CancellationToken cancellation = default) =>
        Read(data => data.Budgets.List(tenant, scope, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default) =>
        Read(_ => _writer.Admissions.List(tenant, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        Read(data => data.Find(tenant, executionId)?.Snapshot, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeRunRow>> ReadRunsAsync(
        string tenant, string executionId, int after, int limit, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<NodeRunRow>>(
            data => [.. data.Find(tenant, executionId)?.Runs.Values.SkipWhile(run => run.Number <= after).Take(limit) ?? []], cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) =>
        Read(data => RetentionTable.ListExpired(data, defaults, now, limit), cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) =>
        Read(data => data.Blobs.Any(blobs => data.Find(tenant, blobs.Key) is not null && blobs.Value.Contains(blobId)), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<string>>(data => [.. blobIds.Where(id => !data.Blobs.Values.Any(blobs => blobs.Contains(id)))], cancellation);

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) =>
        Read(data => !data.HasEnded(Ownership.Epoch) ? data.Executions.Values.Where(row => row.Record.Owner == 0).Min(row => row.Record.WakeAt) : null, cancellation);

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.Ordinal);
}

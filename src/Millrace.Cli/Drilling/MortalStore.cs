using Millrace.Core.Definitions;
using Millrace.Engine.Storage;

namespace Millrace.Cli.Drilling;

/// <summary>
/// A store whose process dies at a commit of an execution: that commit is not written, nor is anything after it, and nothing is read any
/// more. So the worst moment of every commit is met: what led to it has happened, and nobody will remember.
/// </summary>
internal sealed class MortalStore(IStore inner, CrashPoint? crash) : IStore
{
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _commits;

    public Task Died => _died.Task;

    /// <summary>Commits of executions so far, the deadly one included.</summary>
    public int Commits => Volatile.Read(ref _commits);

    public long Epoch => inner.Epoch;

    public IChanges Changes => inner.Changes;

    private IStore Living => _died.Task.IsCompleted ? throw new StoreException("The process is dead (this is a drill).", rolledBack: true) : inner;

    public void Write(IReadOnlyList<Write> batch)
    {
        foreach (var write in batch)
        {
            if (!_died.Task.IsCompleted && EntryOf(write) is { } entry && IsLast(entry))
                _died.TrySetResult();
        }
        if (!_died.Task.IsCompleted || !batch.All(IsRefusedClaim))
            Living.Write(batch);
    }

    private bool IsLast(JournalEntry entry) => Interlocked.Increment(ref _commits) is var commit && crash?.IsAt(commit, entry.Events) == true;

    private static JournalEntry? EntryOf(Write write) => write switch
    {
        CreateExecution create => create.Entry,
        AdvanceExecution advance => advance.Entry,
        _ => null,
    };

    // What ends an engine waits for its last claim: the dead take nothing.
    private static bool IsRefusedClaim(Write write)
    {
        if (write is not ClaimExecutions claim)
            return false;
        (claim.Claimed, claim.Outcome) = ([], WriteOutcome.Done);
        return true;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    public ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) => Living.ReadWorkflowAsync(tenant, id, cancellation);

    public ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) => Living.ReadVersionAsync(tenant, id, version, cancellation);

    public ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default) => Living.ListVersionsAsync(tenant, id, page, cancellation);

    public ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) => Living.ListWorkflowsAsync(tenant, filter, page, cancellation);

    public ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) => Living.ReadExecutionAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<ExecutionRecord>> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) => Living.ListExecutionsAsync(tenant, filter, page, cancellation);

    public ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, CancellationToken cancellation = default) => Living.ReadJournalAsync(tenant, executionId, afterSeq, limit, cancellation);

    public ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, long after, int limit, CancellationToken cancellation = default) => Living.ReadFeedAsync(tenant, workflowId, after, limit, cancellation);

    public ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => Living.ReadFeedEndAsync(cancellation);

    public ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default) => Living.ReadInboxAsync(tenant, executionId, cancellation);

    public ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default) => Living.ReadWaitAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default) => Living.ListWaitsAsync(tenant, filter, page, cancellation);

    public ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default) => Living.ReadTaskAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default) => Living.ListWorkerTypesAsync(tenant, cancellation);

    public ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default) => Living.ListSecretsAsync(tenant, cancellation);

    public ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default) =>
        Living.ListEventsAsync(tenant, filter, page, cancellation);

    public ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default) => Living.ReadIntegrationAsync(tenant, name, cancellation);

    public ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default) => Living.ListIntegrationsAsync(tenant, cancellation);

    public ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default) =>
        Living.ReadCachedAsync(tenant, scope, key, now, cancellation);

    public ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default) => Living.ListLimitsAsync(tenant, page, cancellation);

    public ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) => Living.ReadSnapshotAsync(tenant, executionId, cancellation);

    public ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) => Living.ListExpiredAsync(defaults, now, limit, cancellation);

    public ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) => Living.RefersToBlobAsync(tenant, blobId, cancellation);

    public ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default) => Living.ListUnreferredAsync(blobIds, cancellation);

    public ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) => Living.NextWakeAsync(cancellation);
}

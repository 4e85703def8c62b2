using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Opening;
using Millrace.Storage.Sqlite.Reading;
using Millrace.Storage.Sqlite.Schema;
using Millrace.Storage.Sqlite.Writing;

namespace Millrace.Storage.Sqlite;

/// <summary>
/// The store of a single machine: one SQLite file in WAL mode, synced at every commit. One process at a time owns it;
/// other programs may read it meanwhile.
/// </summary>
public sealed class SqliteStore : IStore
{
    private readonly string _path;
    private readonly StoreLock _lock;
    private readonly WriteTransaction _transaction;
    private readonly ChangeHub _changes = new();
    private bool _isDisposed;
    private int _writing;

    private SqliteStore(string path, StoreLock held, Connection writer)
    {
        Ownership = new SoleOwnership(Epochs.Next(writer));
        _path = path;
        _lock = held;
        Writer = writer;
        Readers = new ReaderPool(path);
        _transaction = new WriteTransaction(writer, Readers, path, Ownership.Epoch);
    }

    /// <inheritdoc/>
    public IOwnership Ownership { get; }

    /// <inheritdoc/>
    public IChanges Changes => _changes;

    internal Connection Writer { get; }

    internal ReaderPool Readers { get; }

    /// <summary>Opens the store, and makes or upgrades its file where needed. What earlier owners left is claimable at once.</summary>
    /// <exception cref="StoreException">It is in use, not Millrace's, newer than this program, or cannot be read or written; the message says what to do.</exception>
    public static SqliteStore Open(SqliteStoreOptions options)
    {
        var files = StoreFiles.Locate(options);
        var held = files.Lock();
        Connection? writer = null;
        try
        {
            writer = Connection.OpenWriter(files.Database);
            var version = Migrations.Check(writer, files.Database);
            writer.Execute(Pragmas.Writer);
            Migrations.Apply(writer, version);
            return new SqliteStore(files.Database, held, writer);
        }
        catch (Exception failure)
        {
            writer?.Dispose();
            held.Dispose();
            if (failure is SqliteFailure sqlite)
                throw sqlite.ToStoreException(files.Database, rolledBack: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var results = Write(batch);
        _changes.Publish(batch, results);
        return new(results);
    }

    private CommitResult[] Write(IReadOnlyList<Mutation> batch)
    {
        if (Interlocked.Exchange(ref _writing, 1) != 0)
            throw new InvalidOperationException("Two threads write to the store at once, which would damage it: all writes must go through one committer.");
        CommitResult[]? results = null;
        try
        {
            results = _transaction.Apply(batch);
            _transaction.Commit();
            return results;
        }
        catch (Exception failure)
        {
            throw Undo(batch.Count, failure, results);
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <inheritdoc/>
    public ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(connection => WorkflowQueries.Find(connection, tenant, id), cancellation);

    /// <inheritdoc/>
    public ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) =>
        Read(connection => WorkflowQueries.FindVersion(connection, tenant, id, version), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<WorkflowVersion>>(connection => WorkflowQueries.ListVersions(connection, tenant, id, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<WorkflowRecord>>(connection => WorkflowQueries.List(connection, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(connection => ExecutionQueries.Find(connection, tenant, id), cancellation);

    /// <inheritdoc/>
    public ValueTask<ExecutionPage> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) =>
        Read(connection => ExecutionList.Read(connection, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExecutionRecord>> ReadExecutionsAsync(
        string tenant, IReadOnlyList<string> ids, int maxBytes = int.MaxValue, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<ExecutionRecord>>(connection => ExecutionQueries.FindAll(connection, tenant, ids, maxBytes), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
        string tenant,
        string executionId,
        long afterSeq,
        int limit,
        int maxBytes = int.MaxValue,
        CancellationToken cancellation = default) =>
        Read<IReadOnlyList<JournalEntry>>(connection => ExecutionQueries.ReadJournal(connection, tenant, executionId, afterSeq, limit, maxBytes), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<FeedEntry>>(connection => FeedQueries.Read(connection, tenant, workflowId, after, limit, maxBytes, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => Read(FeedQueries.ReadEnd, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<InboxMessage>>(connection => ExecutionQueries.ReadInbox(connection, tenant, executionId), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExecutionKey>> ListUnreadAsync(CancellationToken cancellation = default) =>
        Read<IReadOnlyList<ExecutionKey>>(connection => ExecutionQueries.ListUnread(connection, Ownership.Epoch), cancellation);

    /// <inheritdoc/>
    public ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(connection => WaitQueries.Find(connection, tenant, id), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<WaitRecord>>(connection => WaitQueries.List(connection, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Read(connection => TaskQueries.Find(connection, tenant, id), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<WorkerTypeRecord>>(connection => TaskQueries.ListTypes(connection, tenant), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<StoredSecret>>(connection => SecretQueries.List(connection, tenant), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<PublishedEvent>>(connection => PublishedEventQueries.List(connection, tenant, filter, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default) =>
        Read(connection => IntegrationQueries.Find(connection, tenant, name), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<StoredIntegration>>(connection => IntegrationQueries.List(connection, tenant), cancellation);

    /// <inheritdoc/>
    public ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default) =>
        Read(connection => CacheQueries.Find(connection, tenant, scope, key, now), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<LimitUse>>(connection => LimitQueries.List(connection, tenant, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<BudgetBalance> ReadBudgetAsync(string tenant, BudgetAccount account, CancellationToken cancellation = default) =>
        Read(connection => BudgetQueries.Find(connection, tenant, account), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<BudgetUse>> ListBudgetsAsync(string tenant, string? scope, Page page, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<BudgetUse>>(connection => BudgetQueries.List(connection, tenant, scope, page), cancellation);

    /// <inheritdoc/>
    public ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        Read(connection => ExecutionQueries.ReadSnapshot(connection, tenant, executionId), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeRunRow>> ReadRunsAsync(
        string tenant, string executionId, int after, int limit, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<NodeRunRow>>(connection => NodeRunQueries.Read(connection, tenant, executionId, after, limit), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<ExecutionKey>>(connection => RetentionQueries.ListExpired(connection, defaults, now, limit), cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) =>
        Read(connection => RetentionQueries.RefersToBlob(connection, tenant, blobId), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default) =>
        Read<IReadOnlyList<string>>(connection => RetentionQueries.ListUnreferred(connection, blobIds), cancellation);

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) =>
        Read(ExecutionQueries.ReadNextWake, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return ValueTask.CompletedTask;
        _isDisposed = true;
        Readers.Dispose();
        _transaction.Dispose();
        Writer.Dispose();
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }

    // With results, it was the commit itself that failed: whether it was done is unknown.
    private StoreException Undo(int count, Exception failure, CommitResult[]? results)
    {
        var isRolledBack = results is null;
        try
        {
            _transaction.Rollback();
            return failure is SqliteFailure sqlite
                ? sqlite.ToStoreException(_path, isRolledBack, results)
                : new StoreException($"A batch of {count} could not be written: {failure.Message}", isRolledBack, failure) { Results = results ?? [] };
        }
        catch (SqliteFailure second)
        {
            var both = new AggregateException(failure, second);
            return new StoreException(
                $"Writing '{_path}' failed, and so did the rollback. Check the disk and start again. {both.Message}",
                isRolledBack,
                both) { IsFinal = true, Results = results ?? [] };
        }
    }

    // SQLite has no asynchronous reads, and these take microseconds: handing them to another thread would cost more.
    private ValueTask<T> Read<T>(Func<Connection, T> query, CancellationToken cancellation) =>
        ValueTask.FromResult(Readers.Read(query, cancellation));
}

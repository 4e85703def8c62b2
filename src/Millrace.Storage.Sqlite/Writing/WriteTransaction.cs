using System.Diagnostics;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Limits;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Writes batches: each is one transaction, and each member is written or refused alone.</summary>
internal sealed class WriteTransaction : IDisposable
{
    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly StatisticsWriter _statistics;
    private readonly FeedIndex _feed;
    private readonly EndedWriter _ended;
    private readonly IdempotencyKeys _keys;
    private readonly Admissions _admissions;
    private readonly ExecutionCreator _creator;
    private readonly ExecutionAdvancer _advancer;
    private readonly ExecutionClaimer _claimer;
    private readonly EpochWriter _epochs;
    private readonly InboxAppender _inbox;
    private readonly WaitWriter _waits;
    private readonly TaskWriter _tasks;
    private readonly WorkerTypeWriter _workerTypes;
    private readonly WorkflowWriter _workflows;
    private readonly SecretWriter _secrets;
    private readonly PublishedEventWriter _events;
    private readonly IntegrationWriter _integrations;
    private readonly CacheWriter _cache;
    private readonly BudgetWriter _budgets;
    private readonly ExecutionDeleter _deleter;

    public WriteTransaction(Connection connection, ReaderPool readers, string path, long epoch)
    {
        _connection = connection;
        _checkpointer = new Checkpointer(connection, readers, path);
        _begin = connection.Prepare("begin immediate");
        _commit = connection.Prepare("commit");
        _rollback = connection.Prepare("rollback");
        _statistics = new StatisticsWriter(connection);
        _feed = new FeedIndex(connection);
        var journal = new JournalWriter(connection, _feed);
        _ended = new EndedWriter(connection);
        _keys = new IdempotencyKeys(connection);
        _inbox = new InboxAppender(connection);
        _tasks = new TaskWriter(connection, _inbox);
        _waits = new WaitWriter(connection, _inbox, _tasks);
        _workerTypes = new WorkerTypeWriter(connection);
        _admissions = new Admissions(connection);
        _cache = new CacheWriter(connection);
        _budgets = new BudgetWriter(connection);
        _creator = new ExecutionCreator(connection, _statistics, _ended, _inbox, _admissions, _waits, journal);
        _advancer = new ExecutionAdvancer(connection, _statistics, _ended, _inbox, _admissions, _waits, _cache, _budgets, journal);
        _claimer = new ExecutionClaimer(connection, _admissions, epoch);
        _epochs = new EpochWriter(connection, epoch);
        _workflows = new WorkflowWriter(connection, _ended, _admissions);
        _secrets = new SecretWriter(connection);
        _events = new PublishedEventWriter(connection);
        _integrations = new IntegrationWriter(connection);
        _deleter = new ExecutionDeleter(connection, _ended, _waits, _feed, _budgets);
    }

    /// <summary>Writes the members; nothing of it is durable, or visible to readers, before <see cref="Commit"/>.</summary>
    public CommitResult[] Apply(IReadOnlyList<Mutation> batch)
    {
        // Before, not after: the batch that filled the log is answered first.
        _checkpointer.RunIfDue();
        _begin.Run();
        var results = new CommitResult[batch.Count];
        for (var index = 0; index < results.Length; index++)
            results[index] = Apply(batch[index]);
        _statistics.Flush();
        _feed.Flush();
        return results;
    }

    public void Commit() => _commit.Run();

    /// <summary>Forgets whatever was applied; also after a failure that SQLite has already undone itself.</summary>
    public void Rollback()
    {
        _statistics.Clear();
        if (_connection.InTransaction)
            _rollback.Run();
        _ended.Load();
        _feed.Load();
    }

    public void Dispose() => _checkpointer.Dispose();

    private CommitResult Apply(Mutation mutation)
    {
        if (mutation.Idempotency is not { } key)
            return ApplyGuarded(mutation);
        if (_keys.Find(mutation.Tenant, key) is { } resourceId)
            return new CommitResult.Duplicate(resourceId);

        var result = ApplyGuarded(mutation);
        // Only now: what is refused must leave its key free for another try.
        if (result.Outcome is WriteOutcome.Done or WriteOutcome.Throttled)
            _keys.Remember(mutation.Tenant, key, mutation.ResourceIdOf(result));
        return result;
    }

    private CommitResult Apply(LimitTenants limit) => _admissions.LimitTenants(limit.Limit) ? CommitResult.DoneWithRoom : CommitResult.Done;

    private CommitResult ApplyGuarded(Mutation mutation) => mutation switch
    {
        AdvanceExecution advance => _advancer.Apply(advance),
        CreateExecution create => _creator.Apply(create),
        AppendInbox append => _inbox.Apply(append),
        AnswerWait answer => _waits.Apply(answer),
        ClaimExecutions claim => _claimer.Apply(claim),
        EndEpoch end => _epochs.Apply(end),
        LeaseTasks lease => _tasks.Apply(lease),
        ExtendLease extend => _tasks.Apply(extend),
        AnswerTask answer => _tasks.Apply(answer),
        PutWorkerTypes put => _workerTypes.Apply(put),
        SaveWorkflow save => _workflows.Apply(save),
        ActivateWorkflow activate => _workflows.Apply(activate),
        DeleteWorkflow delete => _workflows.Apply(delete),
        PutSecret put => _secrets.Apply(put),
        DeleteSecret delete => _secrets.Apply(delete),
        PublishEvents publish => _events.Apply(publish),
        PruneEvents prune => _events.Apply(prune),
        SaveIntegration save => _integrations.Apply(save),
        DeleteIntegration delete => _integrations.Apply(delete),
        PutCached put => _cache.Apply(put),
        TakeComputation take => _cache.Apply(take),
        PruneCache prune => _cache.Apply(prune),
        ReserveBudget reserve => _budgets.Apply(reserve),
        SettleBudget settle => _budgets.Apply(settle),
        PruneBudgets prune => _budgets.Apply(prune),
        LimitTenants limit => Apply(limit),
        DeleteExecutions delete => _deleter.Apply(delete),
        IndexEnded index => _ended.Apply(index),
        PurgeDeleted purge => _deleter.Apply(purge),
        PruneIdempotencyKeys prune => _keys.Apply(prune),
        _ => throw new UnreachableException($"No way to write a {mutation.GetType().Name}."),
    };
}

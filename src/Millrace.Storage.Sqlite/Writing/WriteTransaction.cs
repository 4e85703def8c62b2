using System.Diagnostics;
using Millrace.Engine.Storage;
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
    private readonly EndedWriter _ended;
    private readonly IdempotencyKeys _keys;
    private readonly Admissions _admissions;
    private readonly ExecutionCreator _creator;
    private readonly ExecutionAdvancer _advancer;
    private readonly ExecutionClaimer _claimer;
    private readonly InboxAppender _inbox;
    private readonly WaitWriter _waits;
    private readonly TaskWriter _tasks;
    private readonly WorkerTypeWriter _workerTypes;
    private readonly WorkflowWriter _workflows;
    private readonly SecretWriter _secrets;
    private readonly PublishedEventWriter _events;
    private readonly IntegrationWriter _integrations;
    private readonly CacheWriter _cache;
    private readonly ExecutionDeleter _deleter;

    public WriteTransaction(Connection connection, ReaderPool readers, string path, long epoch)
    {
        _connection = connection;
        _checkpointer = new Checkpointer(connection, readers, path);
        _begin = connection.Prepare("begin immediate");
        _commit = connection.Prepare("commit");
        _rollback = connection.Prepare("rollback");
        _statistics = new StatisticsWriter(connection);
        _ended = new EndedWriter(connection);
        _keys = new IdempotencyKeys(connection);
        _inbox = new InboxAppender(connection);
        _tasks = new TaskWriter(connection, _inbox);
        _waits = new WaitWriter(connection, _inbox, _tasks);
        _workerTypes = new WorkerTypeWriter(connection);
        _admissions = new Admissions(connection);
        _cache = new CacheWriter(connection);
        _creator = new ExecutionCreator(connection, _statistics, _ended, _inbox, _admissions, _waits);
        _advancer = new ExecutionAdvancer(connection, _statistics, _ended, _inbox, _admissions, _waits, _cache);
        _claimer = new ExecutionClaimer(connection, _admissions, epoch);
        _workflows = new WorkflowWriter(connection, _ended, _admissions);
        _secrets = new SecretWriter(connection);
        _events = new PublishedEventWriter(connection);
        _integrations = new IntegrationWriter(connection);
        _deleter = new ExecutionDeleter(connection, _ended, _waits);
    }

    /// <summary>Writes the members; nothing of it is durable, or visible to readers, before <see cref="Commit"/>.</summary>
    public void Apply(IReadOnlyList<Write> batch)
    {
        // Before, not after: the batch that filled the log is answered first.
        _checkpointer.RunIfDue();
        _begin.Run();
        for (var index = 0; index < batch.Count; index++)
            batch[index].Outcome = Apply(batch[index]);
        _statistics.Flush();
    }

    public void Commit() => _commit.Run();

    /// <summary>Forgets whatever was applied; also after a failure that SQLite has already undone itself.</summary>
    public void Rollback(IReadOnlyList<Write> batch)
    {
        _statistics.Clear();
        foreach (var write in batch)
            write.Outcome = WriteOutcome.Undecided;
        if (_connection.InTransaction)
            _rollback.Run();
        _ended.Load();
    }

    public void Dispose() => _checkpointer.Dispose();

    private WriteOutcome Apply(Write write)
    {
        if (write.Idempotency is not { } key)
            return ApplyGuarded(write);
        if (_keys.Find(write.Tenant, key) is { } resourceId)
        {
            write.ResourceId = resourceId;
            return WriteOutcome.Duplicate;
        }

        var outcome = ApplyGuarded(write);
        // Only now: a refused write must leave its key free for another try.
        if (outcome is WriteOutcome.Done or WriteOutcome.HeldBack)
            _keys.Remember(write.Tenant, key, write.ResourceId ?? "");
        return outcome;
    }

    private WriteOutcome Apply(LimitTenants limit)
    {
        limit.MakesRoom = _admissions.LimitTenants(limit.Limit);
        return WriteOutcome.Done;
    }

    private WriteOutcome ApplyGuarded(Write write) => write switch
    {
        AdvanceExecution advance => _advancer.Apply(advance),
        CreateExecution create => _creator.Apply(create),
        AppendInbox append => _inbox.Apply(append),
        AnswerWait answer => _waits.Apply(answer),
        ClaimExecutions claim => _claimer.Apply(claim),
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
        LimitTenants limit => Apply(limit),
        DeleteExecutions delete => _deleter.Apply(delete),
        ListEnded list => _ended.Apply(list),
        PurgeDeleted purge => _deleter.Apply(purge),
        PruneIdempotencyKeys prune => _keys.Apply(prune),
        _ => throw new UnreachableException($"No way to write a {write.GetType().Name}."),
    };
}

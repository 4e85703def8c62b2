using System.Diagnostics;
using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>Writes the members of batches, each alone; for one owner.</summary>
internal sealed class MemoryWriter
{
    private readonly MemoryStoreData _data;
    private readonly InboxWriter _inbox;
    private readonly ExecutionWriter _executions;
    private readonly ExecutionClaimer _claimer;

    public MemoryWriter(MemoryStoreData data, long epoch)
    {
        _data = data;
        Admissions = new Admissions(data);
        _inbox = new InboxWriter(data);
        _executions = new ExecutionWriter(data, epoch, Admissions, _inbox);
        _claimer = new ExecutionClaimer(data, epoch, Admissions);
    }

    public Admissions Admissions { get; }

    public WriteOutcome Apply(Write write)
    {
        if (write.Idempotency is not { } key)
            return ApplyGuarded(write);
        if (_data.Keys.TryGetValue((write.Tenant, key.Scope, key.Key), out var known))
        {
            write.ResourceId = known.ResourceId;
            return WriteOutcome.Duplicate;
        }
        var outcome = ApplyGuarded(write);
        // Only now: a refused write must leave its key free for another try.
        if (outcome is WriteOutcome.Done or WriteOutcome.HeldBack)
            _data.Keys.Add((write.Tenant, key.Scope, key.Key), (write.ResourceId ?? "", _data.Time.GetUtcNow()));
        return outcome;
    }

    private WriteOutcome ApplyGuarded(Write write) => write switch
    {
        AdvanceExecution advance => _executions.Apply(advance),
        CreateExecution create => _executions.Apply(create),
        AppendInbox append => _inbox.Apply(append),
        AnswerWait answer => WaitTable.Apply(_data, answer, _inbox),
        ClaimExecutions claim => _claimer.Apply(claim),
        LeaseTasks lease => TaskTable.Apply(_data, lease),
        ExtendLease extend => TaskTable.Apply(_data, extend),
        AnswerTask answer => TaskTable.Apply(_data, answer, _inbox),
        PutWorkerTypes put => TaskTable.Apply(_data, put),
        SaveWorkflow save => WorkflowTable.Apply(_data, save, Admissions),
        ActivateWorkflow activate => WorkflowTable.Apply(_data, activate),
        DeleteWorkflow delete => WorkflowTable.Apply(_data, delete),
        PutSecret put => Put(put),
        DeleteSecret delete => _data.Secrets.Remove((delete.Tenant, delete.Name)) ? WriteOutcome.Done : WriteOutcome.NotFound,
        PublishEvents publish => PublishedEventTable.Apply(_data, publish),
        PruneEvents prune => PublishedEventTable.Apply(_data, prune),
        SaveIntegration save => IntegrationTable.Apply(_data, save),
        DeleteIntegration delete => IntegrationTable.Apply(_data, delete),
        PutCached put => CacheTable.Apply(_data, put),
        TakeComputation take => CacheTable.Apply(_data, take),
        PruneCache prune => CacheTable.Apply(_data, prune),
        LimitTenants limit => Limit(limit),
        DeleteExecutions delete => RetentionTable.Apply(_data, delete),
        ListEnded list => RetentionTable.Apply(_data, list),
        PurgeDeleted purge => RetentionTable.Apply(_data, purge),
        PruneIdempotencyKeys prune => Prune(prune),
        _ => throw new UnreachableException($"No way to write a {write.GetType().Name}."),
    };

    private WriteOutcome Put(PutSecret put)
    {
        var key = (put.Secret.Tenant, put.Secret.Name);
        _data.Secrets[key] = put.KeepsHosts && _data.Secrets.TryGetValue(key, out var before) ? put.Secret with { Hosts = before.Hosts } : put.Secret;
        return WriteOutcome.Done;
    }

    private WriteOutcome Limit(LimitTenants limit)
    {
        limit.MakesRoom = Admissions.Limit(scope => scope.Scope.WorkflowId is null, limit.Limit);
        return WriteOutcome.Done;
    }

    private WriteOutcome Prune(PruneIdempotencyKeys prune)
    {
        var old = _data.Time.GetUtcNow() - prune.Keep;
        var forgotten = _data.Keys.Where(key => key.Value.UsedAt <= old).Select(key => key.Key).Take(prune.Limit).ToList();
        foreach (var key in forgotten)
            _data.Keys.Remove(key);
        prune.Forgotten = forgotten.Count;
        return WriteOutcome.Done;
    }
}

using System.Diagnostics;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

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
        Admissions = new MemoryAdmissions(data);
        _inbox = new InboxWriter(data);
        _executions = new ExecutionWriter(data, epoch, Admissions, _inbox);
        _claimer = new ExecutionClaimer(data, epoch, Admissions);
    }

    public MemoryAdmissions Admissions { get; }

    public CommitResult Apply(Mutation mutation)
    {
        if (mutation.Idempotency is not { } key)
            return ApplyGuarded(mutation);
        if (_data.Keys.TryGetValue((mutation.Tenant, key.Scope, key.Key), out var known))
            return new CommitResult.Duplicate(known.ResourceId);
        var result = ApplyGuarded(mutation);
        // Only now: what is refused must leave its key free for another try.
        if (result.Outcome is WriteOutcome.Done or WriteOutcome.Throttled)
            _data.Keys.Add((mutation.Tenant, key.Scope, key.Key), (mutation.ResourceIdOf(result), _data.Time.GetUtcNow()));
        return result;
    }

    private CommitResult ApplyGuarded(Mutation mutation) => mutation switch
    {
        AdvanceExecution advance => _executions.Apply(advance),
        CreateExecution create => _executions.Apply(create),
        AppendInbox append => _inbox.Apply(append),
        AnswerWait answer => WaitTable.Apply(_data, answer, _inbox),
        ClaimExecutions claim => _claimer.Apply(claim),
        EndEpoch end => End(end),
        LeaseTasks lease => TaskTable.Apply(_data, lease),
        ExtendLease extend => TaskTable.Apply(_data, extend),
        AnswerTask answer => TaskTable.Apply(_data, answer, _inbox),
        PutWorkerTypes put => TaskTable.Apply(_data, put),
        SaveWorkflow save => WorkflowTable.Apply(_data, save, Admissions),
        ActivateWorkflow activate => WorkflowTable.Apply(_data, activate),
        DeleteWorkflow delete => WorkflowTable.Apply(_data, delete),
        PutSecret put => Put(put),
        DeleteSecret delete => _data.Secrets.Remove((delete.Tenant, delete.Name)) ? CommitResult.Done : CommitResult.Refused(WriteOutcome.NotFound),
        PublishEvents publish => PublishedEventTable.Apply(_data, publish),
        PruneEvents prune => PublishedEventTable.Apply(_data, prune),
        SaveIntegration save => IntegrationTable.Apply(_data, save),
        DeleteIntegration delete => IntegrationTable.Apply(_data, delete),
        PutCached put => CacheTable.Apply(_data, put),
        TakeComputation take => CacheTable.Apply(_data, take),
        PruneCache prune => CacheTable.Apply(_data, prune),
        ReserveBudget reserve => _data.Budgets.Apply(_data, reserve),
        SettleBudget settle => _data.Budgets.Apply(settle),
        PruneBudgets prune => _data.Budgets.Apply(prune),
        LimitTenants limit => Admissions.Limit(scope => scope.Scope.WorkflowId is null, limit.Limit) ? CommitResult.DoneWithRoom : CommitResult.Done,
        DeleteExecutions delete => RetentionTable.Apply(_data, delete),
        IndexEnded index => RetentionTable.Apply(_data, index),
        PurgeDeleted purge => RetentionTable.Apply(_data, purge),
        PruneIdempotencyKeys prune => Prune(prune),
        _ => throw new UnreachableException($"The store cannot write a {mutation.GetType().Name}."),
    };

    private CommitResult End(EndEpoch end)
    {
        _data.End(end.Epoch);
        return CommitResult.DoneWithRoom;
    }

    private CommitResult Put(PutSecret put)
    {
        var key = (put.Secret.Tenant, put.Secret.Name);
        _data.Secrets[key] = put.KeepsHosts && _data.Secrets.TryGetValue(key, out var before) ? put.Secret with { Hosts = before.Hosts } : put.Secret;
        return CommitResult.Done;
    }

    private CommitResult.Pruned Prune(PruneIdempotencyKeys prune)
    {
        var old = _data.Time.GetUtcNow() - prune.Keep;
        var forgotten = _data.Keys.Where(key => key.Value.UsedAt <= old).Select(key => key.Key).Take(prune.Limit).ToList();
        foreach (var key in forgotten)
            _data.Keys.Remove(key);
        return new CommitResult.Pruned(forgotten.Count);
    }
}

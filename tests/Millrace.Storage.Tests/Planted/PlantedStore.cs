using System.Collections.Concurrent;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Storage.Tests.Planted;

/// <summary>A store with a fault planted into it.</summary>
internal sealed class PlantedStore(IStore inner, PlantedFault fault) : IStore
{
    private readonly List<Write> _held = [];
    private readonly ConcurrentDictionary<string, List<InboxMessage>> _messages = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _tenants = new(StringComparer.Ordinal);
    private readonly List<ExecutionRecord> _claimed = [];
    private readonly List<WorkerTask> _leased = [];

    public long Epoch => inner.Epoch;

    public IChanges Changes => inner.Changes;

    public void Write(IReadOnlyList<Write> batch)
    {
        if (fault == PlantedFault.AnswersBeforeItWrites)
        {
            inner.Write([.. _held]);
            _held.Clear();
            _held.AddRange(batch.Where(write => write is AppendInbox));
        }
        var forwarded = batch.Select(write => (Original: write, Write: Change(write))).ToList();
        inner.Write([.. forwarded.Select(pair => pair.Write).OfType<Write>()]);
        foreach (var (original, write) in forwarded)
            Answer(original, write);
    }

    public async ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, CancellationToken cancellation = default)
    {
        var entries = await inner.ReadJournalAsync(tenant, executionId, afterSeq, limit, cancellation);
        return fault switch
        {
            PlantedFault.ForgetsTheLastEvents when entries.Count > 1 => [.. entries.Take(entries.Count - 1)],
            PlantedFault.LeavesGaps when entries.Count > 2 => [entries[0], .. entries.Skip(2)],
            _ => entries,
        };
    }

    public async ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default)
    {
        var messages = await inner.ReadInboxAsync(tenant, executionId, cancellation);
        if (fault != PlantedFault.BringsMessagesBack)
            return messages;
        var known = _messages.GetOrAdd(executionId, _ => []);
        return [.. known.UnionBy(messages, message => message.Id)];
    }

    public ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) =>
        inner.ReadExecutionAsync(fault == PlantedFault.MixesTenants ? _tenants.GetValueOrDefault(id, tenant) : tenant, id, cancellation);

    public async ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) =>
        await inner.RefersToBlobAsync(tenant, blobId, cancellation) || fault == PlantedFault.GivesAwayBlobs;

    public async ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        fault == PlantedFault.LosesSnapshots ? null : await inner.ReadSnapshotAsync(tenant, executionId, cancellation);

    public async ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) =>
        fault == PlantedFault.NeverWakes ? null : await inner.NextWakeAsync(cancellation);

    public ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) => inner.ReadWorkflowAsync(tenant, id, cancellation);

    public ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) => inner.ReadVersionAsync(tenant, id, version, cancellation);

    public ValueTask<IReadOnlyList<WorkflowVersion>> ListVersionsAsync(string tenant, string id, Page page, CancellationToken cancellation = default) => inner.ListVersionsAsync(tenant, id, page, cancellation);

    public ValueTask<IReadOnlyList<WorkflowRecord>> ListWorkflowsAsync(string tenant, WorkflowFilter filter, Page page, CancellationToken cancellation = default) => inner.ListWorkflowsAsync(tenant, filter, page, cancellation);

    public ValueTask<IReadOnlyList<ExecutionRecord>> ListExecutionsAsync(string tenant, ExecutionFilter filter, Page page, CancellationToken cancellation = default) => inner.ListExecutionsAsync(tenant, filter, page, cancellation);

    public ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, long after, int limit, CancellationToken cancellation = default) => inner.ReadFeedAsync(tenant, workflowId, after, limit, cancellation);

    public ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default) => inner.ReadFeedEndAsync(cancellation);

    public ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default) => inner.ReadWaitAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default) => inner.ListWaitsAsync(tenant, filter, page, cancellation);

    public ValueTask<WorkerTask?> ReadTaskAsync(string tenant, string id, CancellationToken cancellation = default) => inner.ReadTaskAsync(tenant, id, cancellation);

    public ValueTask<IReadOnlyList<WorkerTypeRecord>> ListWorkerTypesAsync(string tenant, CancellationToken cancellation = default) => inner.ListWorkerTypesAsync(tenant, cancellation);

    public async ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default)
    {
        var secrets = await inner.ListSecretsAsync(tenant, cancellation);
        return fault == PlantedFault.UnbindsSecrets ? [.. secrets.Select(secret => secret with { Hosts = "" })] : secrets;
    }

    public ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default) =>
        inner.ListEventsAsync(tenant, filter, page, cancellation);

    public ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default) => inner.ReadIntegrationAsync(tenant, name, cancellation);

    public ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default) => inner.ListIntegrationsAsync(tenant, cancellation);

    public ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default) => inner.ReadCachedAsync(tenant, scope, key, now, cancellation);

    public ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default) => inner.ListLimitsAsync(tenant, page, cancellation);

    public ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) => inner.ListExpiredAsync(defaults, now, limit, cancellation);

    public ValueTask<IReadOnlyList<string>> ListUnreferredAsync(IReadOnlyList<string> blobIds, CancellationToken cancellation = default) => inner.ListUnreferredAsync(blobIds, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    // Null: it is not written at all.
    private Write? Change(Write write)
    {
        switch (write)
        {
            case AppendInbox when fault is PlantedFault.LosesMessages or PlantedFault.AnswersBeforeItWrites:
            case CreateExecution { Idempotency: null, Admission: null } when fault == PlantedFault.LosesExecutions:
                return null;
            case CreateExecution create:
                _tenants[create.Execution.Id] = create.Tenant;
                return Copied(create);
            case AdvanceExecution advance when fault is PlantedFault.DropsMessagesToOthers or PlantedFault.OvertakesMessages:
                return new AdvanceExecution(advance.Tenant, advance.ExecutionId, advance.Owner, advance.ExpectedSeq)
                {
                    WorkflowId = advance.WorkflowId, Entry = advance.Entry, Status = advance.Status, NewOwner = advance.NewOwner, WakeAt = advance.WakeAt,
                    CurrentStep = advance.CurrentStep, TotalNodes = advance.TotalNodes, CompletedNodes = advance.CompletedNodes, StartedAt = advance.StartedAt,
                    Summary = advance.Summary, ConsumedMessages = advance.ConsumedMessages,
                    Messages = fault == PlantedFault.DropsMessagesToOthers ? [] : advance.Messages,
                };
            default:
                return write;
        }
    }

    private CreateExecution Copied(CreateExecution create) => fault switch
    {
        PlantedFault.DropsKeys => new CreateExecution(create.Execution, create.Entry) { Admission = create.Admission, Messages = create.Messages },
        PlantedFault.IgnoresLimits => new CreateExecution(create.Execution, create.Entry) { Idempotency = create.Idempotency, Messages = create.Messages },
        _ => create,
    };

    private void Answer(Write original, Write? written)
    {
        if (written is null)
            original.Outcome = WriteOutcome.Done;
        else if (!ReferenceEquals(original, written))
            (original.Outcome, original.ResourceId) = (written.Outcome, written.ResourceId);
        original.Outcome = (fault, original, original.Outcome) switch
        {
            (PlantedFault.TakesMessagesForTheDead, AppendInbox, WriteOutcome.Terminal) => WriteOutcome.Done,
            (PlantedFault.SkipsTheFence, AdvanceExecution { Status: not (ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled) }, WriteOutcome.Fenced) => WriteOutcome.Done,
            (PlantedFault.EndsTwice, AdvanceExecution { Status: ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled }, WriteOutcome.Fenced) => WriteOutcome.Done,
            (PlantedFault.ComputesTwice, TakeComputation, WriteOutcome.Conflict) => WriteOutcome.Done,
            (PlantedFault.TakesTwoAnswers, AnswerWait, WriteOutcome.Conflict) => WriteOutcome.Done,
            (PlantedFault.TakesLostTasks, AnswerTask, WriteOutcome.Fenced) => WriteOutcome.Done,
            var (_, _, outcome) => outcome,
        };
        if (original is AppendInbox { Outcome: WriteOutcome.Done } message)
            _messages.GetOrAdd(message.ExecutionId, _ => []).Add(new InboxMessage(message.MessageId, message.Kind, message.Payload, message.ReceivedAt));
        if (fault == PlantedFault.DeletesTheLiving && original is DeleteExecutions delete)
            delete.Results = [.. delete.Ids.Select(_ => WriteOutcome.Done)];
        if (fault == PlantedFault.LeasesTwice && original is LeaseTasks lease)
        {
            var again = _leased.Take(Math.Max(0, lease.Limit - lease.Leased.Count)).ToList();
            _leased.AddRange(lease.Leased);
            lease.Leased = [.. lease.Leased, .. again];
        }
        if (fault == PlantedFault.ClaimsTwice && original is ClaimExecutions claim)
        {
            var again = _claimed.Take(Math.Max(0, claim.Limit - claim.Claimed.Count)).ToList();
            _claimed.AddRange(claim.Claimed);
            claim.Claimed = [.. claim.Claimed, .. again];
        }
    }
}

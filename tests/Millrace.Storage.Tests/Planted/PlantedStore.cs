using System.Collections.Concurrent;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;

namespace Millrace.Storage.Tests.Planted;

/// <summary>A store with a fault planted into it.</summary>
internal sealed class PlantedStore(IStore inner, PlantedFault fault) : StoreDecorator(inner)
{
    private readonly ChangeHub _hub = new();
    private readonly HashSet<long> _revealed = [];
    private readonly List<Mutation> _held = [];
    private readonly ConcurrentDictionary<string, List<InboxMessage>> _messages = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _tenants = new(StringComparer.Ordinal);
    private readonly List<ExecutionRecord> _claimed = [];
    private readonly List<WorkerTask> _leased = [];

    public override IChanges Changes => fault is PlantedFault.NeverHints or PlantedFault.HintsTooEarly ? _hub : base.Changes;

    public override async ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
    {
        if (fault == PlantedFault.AnswersBeforeItWrites)
        {
            await Inner.CommitAsync([.. _held], cancellation);
            _held.Clear();
            _held.AddRange(batch.Where(mutation => mutation is AppendInbox));
        }
        if (fault == PlantedFault.HintsTooEarly)
            _hub.Publish(batch, [.. batch.Select(_ => CommitResult.Done)]);
        var forwarded = batch.Select(Change).ToList();
        var written = new Queue<CommitResult>(await Inner.CommitAsync([.. forwarded.OfType<Mutation>()], cancellation));
        return [.. batch.Select((mutation, index) => Answer(mutation, forwarded[index] is null ? NotWritten(mutation) : written.Dequeue()))];
    }

    public override async ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default)
    {
        var entries = await Inner.ReadJournalAsync(tenant, executionId, afterSeq, limit, maxBytes, cancellation);
        return fault switch
        {
            PlantedFault.ForgetsTheLastEvents when entries.Count > 1 => [.. entries.Take(entries.Count - 1)],
            PlantedFault.LeavesGaps when entries.Count > 2 => [entries[0], .. entries.Skip(2)],
            _ => entries,
        };
    }

    public override async ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default)
    {
        var messages = await Inner.ReadInboxAsync(tenant, executionId, cancellation);
        if (fault != PlantedFault.BringsMessagesBack)
            return messages;
        var known = _messages.GetOrAdd(executionId, _ => []);
        return [.. known.UnionBy(messages, message => message.Id)];
    }

    public override ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) =>
        Inner.ReadExecutionAsync(fault == PlantedFault.MixesTenants ? _tenants.GetValueOrDefault(id, tenant) : tenant, id, cancellation);

    public override async ValueTask<bool> RefersToBlobAsync(string tenant, string blobId, CancellationToken cancellation = default) =>
        await Inner.RefersToBlobAsync(tenant, blobId, cancellation) || fault == PlantedFault.GivesAwayBlobs;

    public override async ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        fault == PlantedFault.LosesSnapshots ? null : await Inner.ReadSnapshotAsync(tenant, executionId, cancellation);

    public override async ValueTask<IReadOnlyList<NodeRunRow>> ReadRunsAsync(
        string tenant, string executionId, int after, int limit, CancellationToken cancellation = default)
    {
        var runs = await Inner.ReadRunsAsync(tenant, executionId, after, limit, cancellation);
        return fault == PlantedFault.ForgetsTheLastRun ? [.. runs.SkipLast(1)] : runs;
    }

    public override async ValueTask<BudgetBalance> ReadBudgetAsync(string tenant, BudgetAccount account, CancellationToken cancellation = default)
    {
        var balance = await Inner.ReadBudgetAsync(tenant, account, cancellation);
        return fault == PlantedFault.HidesReservations ? balance with { Reserved = default } : balance;
    }

    public override async ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) =>
        fault == PlantedFault.NeverWakes ? null : await Inner.NextWakeAsync(cancellation);

    public override async ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default)
    {
        var secrets = await Inner.ListSecretsAsync(tenant, cancellation);
        return fault == PlantedFault.UnbindsSecrets ? [.. secrets.Select(secret => secret with { Hosts = "" })] : secrets;
    }

    public override async ValueTask<IReadOnlyList<ExecutionKey>> ListUnreadAsync(CancellationToken cancellation = default) =>
        fault == PlantedFault.HidesMessagesOfOthers ? [] : await Inner.ListUnreadAsync(cancellation);

    public override async ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default)
    {
        var entries = await Inner.ReadFeedAsync(tenant, workflowId, after, limit, maxBytes, cancellation);
        return fault == PlantedFault.RevealsFeedLate ? [.. entries.Where(entry => entry.Position % 5 != 0 || !_revealed.Add(entry.Position))] : entries;
    }

    // Null: it is not written at all.
    private Mutation? Change(Mutation mutation)
    {
        switch (mutation)
        {
            case AppendInbox when fault is PlantedFault.LosesMessages or PlantedFault.AnswersBeforeItWrites:
            case CreateExecution { Idempotency: null, Admission: null } when fault == PlantedFault.LosesExecutions:
                return null;
            case EndEpoch when fault == PlantedFault.KeepsWhatTheDeadOwned:
                return null;
            case CreateExecution create:
                _tenants[create.Execution.Id] = create.Tenant;
                return Copied(create);
            case AdvanceExecution advance when fault is PlantedFault.DropsMessagesToOthers or PlantedFault.OvertakesMessages or PlantedFault.LosesSettlements:
                return new AdvanceExecution(advance.Tenant, advance.ExecutionId, advance.Owner, advance.ExpectedSeq)
                {
                    WorkflowId = advance.WorkflowId, Entry = advance.Entry, Status = advance.Status, NewOwner = advance.NewOwner, WakeAt = advance.WakeAt,
                    CurrentStep = advance.CurrentStep, TotalNodes = advance.TotalNodes, CompletedNodes = advance.CompletedNodes, StartedAt = advance.StartedAt,
                    Update = advance.Update, ConsumedMessages = advance.ConsumedMessages, Version = advance.Version, Blobs = advance.Blobs,
                    Snapshot = advance.Snapshot, Runs = advance.Runs, Waits = advance.Waits, GivenUp = advance.GivenUp, Signals = advance.Signals,
                    KnownMessages = fault == PlantedFault.OvertakesMessages ? null : advance.KnownMessages,
                    Settlements = fault == PlantedFault.LosesSettlements ? [] : advance.Settlements,
                    Messages = fault == PlantedFault.DropsMessagesToOthers ? [] : advance.Messages,
                };
            default:
                return mutation;
        }
    }

    private CreateExecution Copied(CreateExecution create) => fault switch
    {
        PlantedFault.DropsKeys => new CreateExecution(create.Execution, create.Entry) { Admission = create.Admission, Messages = create.Messages },
        PlantedFault.IgnoresLimits => new CreateExecution(create.Execution, create.Entry) { Idempotency = create.Idempotency, Messages = create.Messages },
        _ => create,
    };

    private static CommitResult NotWritten(Mutation mutation) => mutation is AppendInbox ? new CommitResult.Appended(long.MaxValue) : CommitResult.Done;

    private CommitResult Answer(Mutation mutation, CommitResult result)
    {
        if (mutation is AppendInbox append && result is CommitResult.Appended appended)
            _messages.GetOrAdd(append.ExecutionId, _ => []).Add(new InboxMessage(appended.MessageId, append.Kind, append.Payload, append.ReceivedAt));
        switch (fault, mutation, result)
        {
            case (PlantedFault.TakesMessagesForTheDead, AppendInbox, { Outcome: WriteOutcome.Terminal }):
            case (PlantedFault.SkipsTheFence, AdvanceExecution { Status: not (ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled) }, { Outcome: WriteOutcome.Fenced }):
            case (PlantedFault.EndsTwice, AdvanceExecution { Status: ExecutionStatus.Completed or ExecutionStatus.Failed or ExecutionStatus.Cancelled }, { Outcome: WriteOutcome.Fenced }):
            case (PlantedFault.ComputesTwice, TakeComputation, { Outcome: WriteOutcome.Conflict }):
            case (PlantedFault.TakesTwoAnswers, AnswerWait, { Outcome: WriteOutcome.Conflict }):
            case (PlantedFault.TakesLostTasks, AnswerTask, { Outcome: WriteOutcome.Fenced }):
            case (PlantedFault.IgnoresBudgets, ReserveBudget, { Outcome: WriteOutcome.OverBudget }):
            case (PlantedFault.ReservesAgain, ReserveBudget, { Outcome: WriteOutcome.Duplicate }):
            case (PlantedFault.LetsTheDeadBegin, CreateExecution, { Outcome: WriteOutcome.Fenced }):
                return CommitResult.Done;
            case (PlantedFault.DeletesTheLiving, DeleteExecutions delete, _):
                return new CommitResult.Deleted([.. delete.Ids.Select(_ => WriteOutcome.Done)]);
            case (PlantedFault.LeasesTwice, LeaseTasks lease, CommitResult.Leased leased):
                return leased with { Tasks = Again(leased.Tasks, _leased, lease.Limit) };
            case (PlantedFault.ClaimsTwice, ClaimExecutions claim, CommitResult.Claimed claimed):
                return claimed with { Executions = Again(claimed.Executions, _claimed, claim.Limit) };
            default:
                return result;
        }
    }

    private static IReadOnlyList<T> Again<T>(IReadOnlyList<T> found, List<T> before, int limit)
    {
        var again = before.Take(Math.Max(0, limit - found.Count)).ToList();
        before.AddRange(found);
        return [.. found, .. again];
    }
}

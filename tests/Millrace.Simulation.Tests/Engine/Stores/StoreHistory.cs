using System.Text.Json;
using Millrace.Checking;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Budgets;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Testing.Storage;

namespace Millrace.Simulation.Tests.Engine.Stores;

/// <summary>What really was committed, by whom and in which order: the checker's journals and status rows.</summary>
internal sealed class StoreHistory(Trace trace, MemoryStoreData data)
{
    private readonly Dictionary<string, long> _owners = new(StringComparer.Ordinal);
    private readonly Dictionary<(string ExecutionId, long FirstSeq), long> _durable = [];
    private readonly List<ExecutionEvidence> _deleted = [];
    private readonly List<string> _ids = [];
    private MemoryStore? _store;
    private long _order;

    public List<Commit> Commits { get; } = [];

    /// <summary>Where large values lie; null: nowhere.</summary>
    public SimulatedBlobs? Blobs { get; set; }

    /// <summary>Blobs to which something was committed that refers to them, although they were not there.</summary>
    public List<string> MissingBlobs { get; } = [];

    /// <summary>How many commits were refused because they did not know of a message: what they had decided is decided again.</summary>
    public int Refused { get; private set; }

    /// <summary>The id of every execution that was created, in order.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>How often something happened to nodes: it grows for as long as there is progress, whatever signals are sent in vain.</summary>
    public int Progress { get; private set; }

    /// <summary>Whether an owner may own nothing any more.</summary>
    public bool HasEnded(long epoch) => data.HasEnded(epoch);

    /// <summary>A store over what was there before. Whoever owned something does so no longer.</summary>
    public IStore Open()
    {
        _store = MemoryStore.Open(data);
        _owners.Clear();
        return new RecordingStore(_store, this);
    }

    /// <summary>A store for one more owner.</summary>
    public IStore Join()
    {
        _store = MemoryStore.Join(data);
        return new RecordingStore(_store, this);
    }

    /// <summary>The place of what happens now in the order of all that happens.</summary>
    public long Next() => ++_order;

    /// <summary>An execution as others see it; null: there is none.</summary>
    public ExecutionRecord? Find(string id) => Done(_store!.ReadExecutionAsync(SimulatedWorld.Tenant, id));

    /// <summary>How an account of budgets stands.</summary>
    public BudgetBalance Balance(BudgetAccount account) => Done(_store!.ReadBudgetAsync(SimulatedWorld.Tenant, account));

    /// <summary>Writes into the trace what is still there and has not ended.</summary>
    public void Describe()
    {
        foreach (var use in Done(_store!.ListLimitsAsync(SimulatedWorld.Tenant, new Page(200))))
            trace.Note("in use at the end:", use.ToString());
        foreach (var record in _ids.Select(Find).OfType<ExecutionRecord>().Where(record => !record.Status.IsTerminal()))
            trace.Note("left at the end:", $"{record.Id} of {record.WorkflowId}, {record.Status.Name()}, owned by {record.Owner}, wakes at {record.WakeAt:O}, {record.PendingReason}, {record.CorrelationId}, child of {record.ParentId}");
    }

    /// <summary>The current version of a workflow; 0: it was deleted.</summary>
    public int VersionOf(string workflowId) => Done(_store!.ReadWorkflowAsync(SimulatedWorld.Tenant, workflowId))?.Version ?? 0;

    /// <summary>All executions, those deleted since included.</summary>
    public List<ExecutionEvidence> Evidence() => [.. _deleted, .. _ids.Select(Find).OfType<ExecutionRecord>().Select(EvidenceOf)];

    private ExecutionEvidence EvidenceOf(ExecutionRecord record)
    {
        var journal = new List<JournalEvent>();
        foreach (var entry in Done(_store!.ReadJournalAsync(record.Tenant, record.Id, 0, int.MaxValue)))
        {
            foreach (var json in JsonDocument.Parse(InFull(entry.Events).Utf8).RootElement.EnumerateArray())
                journal.Add(new JournalEvent(json, _durable[(record.Id, entry.FirstSeq)]));
        }
        var inbox = Done(_store.ReadInboxAsync(record.Tenant, record.Id)).Select(TokenOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return new ExecutionEvidence(RowOf(record), journal) { Inbox = inbox, Runs = RunsOf(record) };
    }

    // Of a short one none are stored.
    private List<RunRow>? RunsOf(ExecutionRecord record) =>
        Done(_store!.ReadRunsAsync(record.Tenant, record.Id, 0, int.MaxValue)) is { Count: > 0 } runs
            ? [.. runs.Select(run => new RunRow(run.NodeId, run.Iteration, run.Status.Name(), run.Attempt))]
            : null;

    private JsonText InFull(JsonText stored) => Blobs?.InFull(stored) ?? stored;

    private StatusRow RowOf(ExecutionRecord record) => new(record.Id, record.WorkflowId, record.Status.Name())
    {
        Seq = record.Seq,
        // A fork has that of the execution that it goes on from.
        CorrelationId = record.Trigger is "fork" or "retry" ? null : record.CorrelationId,
        ParentId = record.ParentId,
        Variables = Json(InFull(record.Variables)),
        Result = Json(InFull(record.Result)),
        Error = Json(record.Error),
        StartedAt = record.StartedAt,
        CompletedAt = record.CompletedAt,
    };

    private static JsonElement? Json(JsonText text) => text.IsEmpty ? null : JsonDocument.Parse(text.Utf8).RootElement;

    private string? TokenOf(InboxMessage message) =>
        !message.Payload.IsEmpty && ValueJson.Parse(InFull(message.Payload).Utf8.Span)["payload"]["token"].TryGetString(out var token) ? token : null;

    // A store in memory answers at once.
    private static T Done<T>(ValueTask<T> task) => task.GetAwaiter().GetResult();

    private void Note(Mutation mutation, CommitResult result, long by)
    {
        trace.Note(mutation.GetType().Name, mutation.ResourceIdOf(result), (long)result.Outcome);
        if (result.Outcome is WriteOutcome.UnreadMessages)
            Refused++;
        if (result.Outcome is not (WriteOutcome.Done or WriteOutcome.Throttled))
            return;
        MissingBlobs.AddRange(BlobsOf(mutation).Where(id => Blobs?.Has(id) == false));
        switch (mutation)
        {
            case CreateExecution { Execution: var execution } create:
                _ids.Add(execution.Id);
                if (result is CommitResult.Throttled)
                    break;
                // Whoever creates it owns it from then on.
                if (create.Entry is { } first)
                    NoteEvents(execution.Id, first, by, owner: HasEnded(by) ? 0 : by);
                SetOwner(execution.Id, execution.Status.IsTerminal() ? 0 : execution.Owner);
                break;
            case AdvanceExecution advance:
                if (advance.Entry is { } entry)
                    NoteEvents(advance.ExecutionId, entry, by, _owners.GetValueOrDefault(advance.ExecutionId));
                SetOwner(advance.ExecutionId, advance.Status.IsTerminal() ? 0 : advance.NewOwner);
                break;
            case EndEpoch end:
                foreach (var id in _owners.Where(owner => owner.Value == end.Epoch).Select(owner => owner.Key).ToList())
                    _owners.Remove(id);
                break;
            case ClaimExecutions:
                foreach (var claimed in ((CommitResult.Claimed)result).Executions)
                {
                    trace.Note("claimed", claimed.Id, by);
                    SetOwner(claimed.Id, claimed.Owner);
                }
                break;
        }
    }

    private static IEnumerable<string> BlobsOf(Mutation mutation) => mutation switch
    {
        CreateExecution create => create.Blobs.Concat(create.Messages.SelectMany(BlobsOf)),
        AdvanceExecution advance => advance.Blobs.Concat(advance.Messages.SelectMany(BlobsOf)),
        AppendInbox append => append.Blobs,
        _ => [],
    };

    private void NoteEvents(string id, JournalEntry entry, long by, long owner)
    {
        _durable[(id, entry.FirstSeq)] = Next();
        if (entry.Events.Utf8.Span.IndexOf("\"type\":\"node_"u8) >= 0)
            Progress++;
        Commits.Add(new Commit(id, entry.FirstSeq, by, owner));
        trace.Note("events", id, entry.Events);
    }

    private void SetOwner(string id, long owner)
    {
        if (owner == 0)
            _owners.Remove(id);
        else
            _owners[id] = owner;
    }

    private sealed class RecordingStore(MemoryStore inner, StoreHistory history) : StoreDecorator(inner)
    {
        // One after the other: what is deleted is looked at before.
        public override ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
        {
            var results = new List<CommitResult>(batch.Count);
            foreach (var mutation in batch)
            {
                if (mutation is DeleteExecutions delete)
                    history._deleted.AddRange(delete.Ids.Select(history.Find).OfType<ExecutionRecord>().Where(record => record.Status.IsTerminal()).Select(history.EvidenceOf));
                results.Add(Inner.Write(mutation));
                history.Note(mutation, results[^1], Ownership.Epoch);
            }
            return new(results);
        }
    }
}

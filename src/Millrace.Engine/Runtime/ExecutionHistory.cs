using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Runtime;

/// <summary>Folds journals: the state of an execution now, or as of any event. Without a blob store there are no large values.</summary>
public sealed class ExecutionHistory(IStore store, WorkflowLibrary workflows, IBlobStore? blobs = null)
{
    /// <summary>The fewest events between two snapshots; a long journal has them further apart, a third of it at most after the last.</summary>
    internal const int SnapshotEvery = 2_000;

    /// <summary>The same in the middle of a turn, which goes on at once.</summary>
    internal const int SnapshotEveryInTurn = 16 * SnapshotEvery;

    private const int JournalPage = 1_000;

    /// <summary>The graph of a version of an execution's workflow.</summary>
    /// <exception cref="InvalidDataException">There is none, or it cannot be read.</exception>
    public ValueTask<CompiledGraph> GraphAsync(ExecutionIdentity identity, int version) => workflows.GraphAsync(identity.Tenant, identity.WorkflowId, version);

    /// <summary>The graph of a version of a workflow that can run; null where there is none.</summary>
    public async ValueTask<CompiledGraph?> FindGraphAsync(string tenant, string workflowId, int version, CancellationToken cancellation = default) =>
        (await workflows.FindRunnableAsync(tenant, workflowId, version, cancellation))?.Graph;

    /// <summary>What an execution was started with; of a fork, with its changes.</summary>
    /// <exception cref="InvalidDataException">The journal cannot be read.</exception>
    public async Task<ExecutionStart> ReadStartAsync(ExecutionRecord record, CancellationToken cancellation = default)
    {
        var values = new ExecutionValues(blobs, record.Tenant);
        var entries = await store.ReadJournalAsync(record.Tenant, record.Id, 0, 1, cancellation: cancellation);
        return entries.Count == 0 ? StartRequest.ReadStart(record.Request, values) : StartJson.Read(EventReader.Parse(entries[0].Events.Utf8.Span, values)[0]["data"]);
    }

    /// <summary>The events of an execution, and the state after the last.</summary>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public async Task<(IReadOnlyList<ExecutionEvent> Events, ExecutionState State)> ReadEventsAsync(ExecutionRecord record, CancellationToken cancellation = default)
    {
        var events = new List<ExecutionEvent>();
        var state = await FoldAsync(record, null, keepsHistory: false, events.Add, new ExecutionValues(blobs, record.Tenant), cancellation);
        return (events, state);
    }

    /// <summary>The state as of an event; null: as of the last one.</summary>
    /// <param name="record">The execution.</param>
    /// <param name="atSeq">The event; null: the last one.</param>
    /// <param name="keepsHistory">Whether the runs of turns and items that are over are kept too. Then the whole journal is read.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public Task<ExecutionState> ReadStateAsync(ExecutionRecord record, long? atSeq = null, bool keepsHistory = false, CancellationToken cancellation = default) =>
        FoldAsync(record, atSeq, keepsHistory, null, new ExecutionValues(blobs, record.Tenant), cancellation);

    /// <summary>The state as of the last event, for going on: the values know then what of it is stored already.</summary>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    internal Task<ExecutionState> ReadStateAsync(ExecutionRecord record, ExecutionValues values) => FoldAsync(record, null, keepsHistory: false, null, values, CancellationToken.None);

    private async Task<ExecutionState> FoldAsync(ExecutionRecord record, long? atSeq, bool keepsHistory, Action<ExecutionEvent>? seen, ExecutionValues values, CancellationToken cancellation)
    {
        var identity = new ExecutionIdentity(record.Tenant, record.Id, record.WorkflowId, record.Version);
        var graph = await workflows.GraphAsync(record.Tenant, record.WorkflowId, record.Version);
        var state = keepsHistory || seen is not null ? null : await FromSnapshotAsync(record, identity, graph, atSeq, values, cancellation);
        var seq = state?.Seq ?? 0;
        while (true)
        {
            var entries = await store.ReadJournalAsync(record.Tenant, record.Id, seq, JournalPage, cancellation: cancellation);
            foreach (var entry in entries)
            {
                var events = EventReader.Parse(entry.Events.Utf8.Span, values);
                for (var i = 0; i < events.Count; i++)
                {
                    if (EventReader.VersionOf(events[i]) is { } version && version != identity.WorkflowVersion)
                    {
                        identity = identity with { WorkflowVersion = version };
                        graph = await workflows.GraphAsync(record.Tenant, record.WorkflowId, version);
                    }
                    if (Take(ref state, events[i], i, identity, graph, keepsHistory) is not { } e)
                        continue;
                    if (e.Seq > atSeq)
                        return state!;
                    state!.Apply(e);
                    seen?.Invoke(e);
                }
                seq = entry.LastSeq;
            }
            if (entries.Count < JournalPage)
                return state ?? new ExecutionState(identity, graph, keepsHistory);
        }
    }

    // Null for an event that a snapshot has already.
    private static ExecutionEvent? Take(ref ExecutionState? state, Core.Values.Value item, int index, ExecutionIdentity identity, CompiledGraph graph, bool keepsHistory)
    {
        var e = EventReader.Read(item, graph, index);
        state ??= new ExecutionState(identity, graph, keepsHistory);
        return e.Seq > state.Seq ? e : null;
    }

    // A snapshot of an earlier version of the workflow is no use: what follows moves it to this one, and says the whole state.
    private async Task<ExecutionState?> FromSnapshotAsync(ExecutionRecord record, ExecutionIdentity identity, CompiledGraph graph, long? atSeq, ExecutionValues values, CancellationToken cancellation)
    {
        if (record.Seq < SnapshotEvery || await store.ReadSnapshotAsync(record.Tenant, record.Id, cancellation) is not { } snapshot || snapshot.Seq > atSeq)
            return null;
        var json = values.Read(snapshot.State.Utf8.Span);
        if (!json["version"].TryGetInt(out var version) || version != record.Version)
            return null;
        var state = new ExecutionState(identity, graph);
        state.Restore(json);
        return state;
    }

    /// <summary>A large value, in full; null where no execution of this tenant refers to one by this id.</summary>
    /// <exception cref="InvalidDataException">It is missing, or not what it was.</exception>
    public async Task<JsonText?> ReadBlobAsync(string tenant, string id, CancellationToken cancellation = default) =>
        await store.RefersToBlobAsync(tenant, id, cancellation) ? new ExecutionValues(blobs, tenant).ReadJson(id) : null;

    /// <summary>A file that an effect stored; null where no execution of this tenant refers to one by this id. Dispose it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public async Task<OpenedFile?> OpenFileAsync(string tenant, string id, CancellationToken cancellation = default) =>
        await store.RefersToBlobAsync(tenant, id, cancellation) ? blobs?.OpenFile(tenant, id) : null;

    /// <summary>A stored event as JSON, with its large values in their places.</summary>
    /// <exception cref="InvalidDataException">One of them is missing.</exception>
    public Core.Values.Value ReadValue(string tenant, ReadOnlySpan<byte> stored) => new ExecutionValues(blobs, tenant).Read(stored);

    /// <summary>An execution with its large values in their places.</summary>
    /// <exception cref="InvalidDataException">One of them is missing.</exception>
    public ExecutionRecord InFull(ExecutionRecord record)
    {
        var values = new ExecutionValues(blobs, record.Tenant);
        return record with { Input = values.InFull(record.Input), Variables = values.InFull(record.Variables), Result = values.InFull(record.Result) };
    }
}

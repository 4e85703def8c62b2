using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.History;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Runtime;

/// <summary>Reads what executions did: their states now, or as of any event, and their node runs.</summary>
public sealed class ExecutionHistory
{
    /// <summary>The fewest events between two snapshots; a long journal has them further apart, a third of it at most after the last.</summary>
    internal const int SnapshotEvery = 2_000;

    /// <summary>The same while the machine has more to do at once.</summary>
    internal const int SnapshotEveryUnfinished = 16 * SnapshotEvery;

    private readonly FoldGate _folds = new();
    private readonly IStore _store;
    private readonly WorkflowLibrary _workflows;
    private readonly IBlobStore? _blobs;

    /// <param name="store">The store.</param>
    /// <param name="workflows">Where the graphs are.</param>
    /// <param name="blobs">Where large values are; null: there are none.</param>
    public ExecutionHistory(IStore store, WorkflowLibrary workflows, IBlobStore? blobs = null)
    {
        _store = store;
        _workflows = workflows;
        _blobs = blobs;
        Runs = new NodeRunReader(store, this, blobs);
    }

    /// <summary>Lists node runs.</summary>
    public NodeRunReader Runs { get; }

    /// <summary>The graph of a version of an execution's workflow.</summary>
    /// <exception cref="InvalidDataException">There is none, or it cannot be read.</exception>
    public ValueTask<CompiledGraph> GraphAsync(ExecutionIdentity identity, int version) =>
        _workflows.GraphAsync(identity.Tenant, identity.WorkflowId, version);

    /// <summary>The graph of a version of a workflow that can run; null where there is none.</summary>
    public async ValueTask<CompiledGraph?> FindGraphAsync(string tenant, string workflowId, int version, CancellationToken cancellation = default) =>
        (await _workflows.FindRunnableAsync(tenant, workflowId, version, cancellation))?.Graph;

    /// <summary>What an execution was started with; of a fork, with its changes.</summary>
    /// <exception cref="InvalidDataException">The journal cannot be read.</exception>
    public async Task<ExecutionStart> ReadStartAsync(ExecutionRecord record, CancellationToken cancellation = default)
    {
        var values = new ExecutionValues(_blobs, record.Tenant);
        var entries = await _store.ReadJournalAsync(record.Tenant, record.Id, 0, 1, cancellation: cancellation);
        if (entries.Count == 0)
            return await StartRequest.ReadStartAsync(record.Request, values, cancellation);
        await values.LoadAsync(entries[0].Events.Utf8, cancellation);
        return StartJson.Read(EventReader.Parse(entries[0].Events.Utf8.Span, values)[0]["data"]);
    }

    /// <summary>Passes the events of an execution by, in order, until told to stop.</summary>
    /// <param name="record">The execution.</param>
    /// <param name="take">Takes one in, and says whether more are wanted.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public async Task ScanAsync(ExecutionSummary record, Func<ExecutionEvent, bool> take, CancellationToken cancellation = default)
    {
        using var slot = await _folds.EnterAsync(record.Seq, cancellation);
        var walk = await WalkAsync(record, 0, new ExecutionValues(_blobs, record.Tenant));
        while (await walk.NextAsync(cancellation) is { } e && take(e))
        {
        }
    }

    /// <summary>The state as of an event; null: as of the last one.</summary>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public async Task<ExecutionState> ReadStateAsync(ExecutionSummary record, long? atSeq = null, CancellationToken cancellation = default)
    {
        var values = new ExecutionValues(_blobs, record.Tenant);
        try
        {
            var snapshot = await FindSnapshotAsync(record, atSeq, values, cancellation);
            return await FoldAsync(record, snapshot, atSeq, log: null, values, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable.Because(record, e);
        }
    }

    /// <summary>
    /// The state as of an event, and the rows of its runs that the log keeps: with a snapshot, those that were over by then are not
    /// among them.
    /// </summary>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    internal async Task<ExecutionState> FoldRunsAsync(
        ExecutionSummary record, long? atSeq, RunLog log, bool useSnapshot, CancellationToken cancellation)
    {
        var values = new ExecutionValues(_blobs, record.Tenant);
        var snapshot = useSnapshot ? await FindSnapshotAsync(record, atSeq, values, cancellation) : (Value?)null;
        return await FoldAsync(record, snapshot, atSeq, log, values, cancellation);
    }

    /// <summary>
    /// The state as of the last event, for going on: the values know then what of it is stored already. With what stores the rows of its
    /// runs; null where it was long before there were rows.
    /// </summary>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    internal async Task<(ExecutionState State, RunProjection? Runs)> ReadToGoOnAsync(ExecutionRecord record, ExecutionValues values)
    {
        var areStored = (await _store.ReadRunsAsync(record.Tenant, record.Id, 0, 1)).Count > 0;
        var snapshot = await FindSnapshotAsync(record, null, values, CancellationToken.None);
        var log = areStored || snapshot is null ? new RunLog() : null;
        if (areStored)
            log!.Stored(record.Seq);
        var walk = await WalkAsync(record, snapshot?["seq"].AsInt() ?? 0, values);
        var state = await FoldAsync(walk, snapshot, null, log, CancellationToken.None);
        return (state, log is null ? null : new RunProjection(state, walk.Bytes));
    }

    private async Task<ExecutionState> FoldAsync(
        ExecutionSummary record, Value? snapshot, long? atSeq, RunLog? log, ExecutionValues values, CancellationToken cancellation)
    {
        var from = snapshot?["seq"].AsInt() ?? 0;
        using var slot = await _folds.EnterAsync(Math.Min(atSeq ?? record.Seq, record.Seq) - from, cancellation);
        return await FoldAsync(await WalkAsync(record, from, values), snapshot, atSeq, log, cancellation);
    }

    private static async Task<ExecutionState> FoldAsync(
        JournalWalk walk, Value? snapshot, long? atSeq, RunLog? log, CancellationToken cancellation)
    {
        ExecutionState? state = null;
        if (snapshot is { } taken)
        {
            state = new ExecutionState(walk.Identity, walk.Graph, log);
            state.Restore(taken);
        }
        while (await walk.NextAsync(cancellation) is { } e && !(e.Seq > atSeq))
        {
            state ??= new ExecutionState(walk.Identity, walk.Graph, log);
            state.Apply(e);
        }
        return state ?? new ExecutionState(walk.Identity, walk.Graph, log);
    }

    private async Task<JournalWalk> WalkAsync(ExecutionSummary record, long after, ExecutionValues values)
    {
        var identity = new ExecutionIdentity(record.Tenant, record.Id, record.WorkflowId, record.Version);
        return new JournalWalk(_store, _workflows, values, identity, await GraphAsync(identity, record.Version), after);
    }

    // A snapshot of an earlier version of the workflow is no use: what follows moves it to this one, and says the whole state.
    private async Task<Value?> FindSnapshotAsync(
        ExecutionSummary record, long? atSeq, ExecutionValues values, CancellationToken cancellation)
    {
        if (record.Seq < SnapshotEvery)
            return null;
        if (await _store.ReadSnapshotAsync(record.Tenant, record.Id, cancellation) is not { } snapshot || snapshot.Seq > atSeq)
            return null;
        var json = await values.ReadAsync(snapshot.State.Utf8, cancellation);
        return json["version"].TryGetInt(out var version) && version == record.Version ? json : (Value?)null;
    }

    /// <summary>A large value, in full; null where no execution of this tenant refers to one by this id.</summary>
    /// <exception cref="InvalidDataException">It is missing, or not what it was.</exception>
    public async Task<JsonText?> ReadBlobAsync(string tenant, string id, CancellationToken cancellation = default) =>
        await _store.RefersToBlobAsync(tenant, id, cancellation) ? await new ExecutionValues(_blobs, tenant).ReadJsonAsync(id, cancellation) : null;

    /// <summary>A file that an effect stored; null where no execution of this tenant refers to one by this id. Dispose it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public async Task<OpenedFile?> OpenFileAsync(string tenant, string id, CancellationToken cancellation = default) =>
        await _store.RefersToBlobAsync(tenant, id, cancellation) ? _blobs?.OpenFile(tenant, id) : null;

    /// <summary>A stored event as JSON, with its large values in their places.</summary>
    /// <exception cref="InvalidDataException">One of them is missing.</exception>
    public ValueTask<Value> ReadValueAsync(string tenant, ReadOnlyMemory<byte> stored, CancellationToken cancellation = default) =>
        new ExecutionValues(_blobs, tenant).ReadAsync(stored, cancellation);

    /// <summary>An execution with its large values in their places.</summary>
    /// <exception cref="InvalidDataException">One of them is missing.</exception>
    public ValueTask<ExecutionRecord> InFullAsync(ExecutionRecord record, CancellationToken cancellation = default) =>
        IsInParts(record.Input) || IsInParts(record.Variables) || IsInParts(record.Result)
            ? ReadInFullAsync(record, cancellation)
            : new(record);

    private async ValueTask<ExecutionRecord> ReadInFullAsync(ExecutionRecord record, CancellationToken cancellation)
    {
        var values = new ExecutionValues(_blobs, record.Tenant);
        try
        {
            return record with
            {
                Input = await values.InFullAsync(record.Input, cancellation),
                Variables = await values.InFullAsync(record.Variables, cancellation),
                Result = await values.InFullAsync(record.Result, cancellation),
            };
        }
        catch (InvalidDataException e)
        {
            throw Unreadable.Because(record, e);
        }
    }

    private static bool IsInParts(JsonText stored) => StoredValues.MayDiffer(stored.Utf8.Span);
}

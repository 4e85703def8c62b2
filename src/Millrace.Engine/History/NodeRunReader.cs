using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.History;

/// <summary>
/// Lists the node runs of executions, in the order in which they began. What a page costs does not grow with the execution: of a long one
/// the rows are stored, of a short one the journal is folded.
/// </summary>
public sealed class NodeRunReader
{
    /// <summary>About the most bytes of values on a page: it ends with the run that goes beyond them.</summary>
    public const int PageBytes = 4 * 1024 * 1024;

    // As often as an execution that goes on meanwhile is read again for a page that fits.
    private const int Tries = 3;

    private readonly IStore _store;
    private readonly ExecutionHistory _history;
    private readonly IBlobStore? _blobs;

    internal NodeRunReader(IStore store, ExecutionHistory history, IBlobStore? blobs) =>
        (_store, _history, _blobs) = (store, history, blobs);

    /// <summary>A page of runs with their values.</summary>
    /// <param name="record">The execution.</param>
    /// <param name="after">The number of the run before the page; 0: from the first.</param>
    /// <param name="limit">How many at most; fewer where they are large.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public async Task<NodeRunPage> ReadAsync(ExecutionSummary record, int after, int limit, CancellationToken cancellation = default)
    {
        try
        {
            return await WithValuesAsync(record, await RowsAsync(record, after, limit, cancellation), cancellation);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable.Because(record, e);
        }
    }

    /// <summary>A page of runs without their values.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public async Task<NodeRunRows> ReadRowsAsync(ExecutionSummary record, int after, int limit, CancellationToken cancellation = default)
    {
        try
        {
            return await RowsAsync(record, after, limit, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable.Because(record, e);
        }
    }

    private async Task<NodeRunRows> RowsAsync(ExecutionSummary record, int after, int limit, CancellationToken cancellation)
    {
        var stored = await StoredAsync(record, after, limit, cancellation);
        if (stored is not null)
            return NodeRunRows.Of(stored, limit);
        var log = new RunLog(after, limit + 1);
        var state = await _history.FoldRunsAsync(record, null, log, useSnapshot: false, cancellation);
        return NodeRunRows.Of(state.RunRows(), limit);
    }

    /// <summary>An error as its run's row places it.</summary>
    /// <exception cref="InvalidDataException">The journal cannot be read.</exception>
    public async Task<IReadOnlyList<NodeError?>> ReadErrorsAsync(
        ExecutionSummary record, IReadOnlyList<NodeRunRow> rows, CancellationToken cancellation = default)
    {
        var errors = new NodeError?[rows.Count];
        var events = new EventLookup(_store, record, new ExecutionValues(_blobs, record.Tenant));
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Places.Error is > 0 and var seq)
                errors[i] = NodeRunDetails.ErrorOf(rows[i], await events.ReadAsync(seq, cancellation));
        }
        return errors;
    }

    /// <summary>An execution as of an event, with a page of the runs that it had by then.</summary>
    /// <param name="record">The execution.</param>
    /// <param name="at">The event; null: the last one.</param>
    /// <param name="after">The number of the run before the page; 0: from the first.</param>
    /// <param name="limit">How many runs at most.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="InvalidDataException">The journal or the workflow version cannot be read.</exception>
    public async Task<(ExecutionMoment Moment, NodeRunPage Runs)> ReadMomentAsync(
        ExecutionRecord record, long? at, int after, int limit, CancellationToken cancellation = default)
    {
        try
        {
            return await MomentAsync(record, at, after, limit, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable.Because(record, e);
        }
    }

    private async Task<(ExecutionMoment Moment, NodeRunPage Runs)> MomentAsync(
        ExecutionRecord record, long? at, int after, int limit, CancellationToken cancellation)
    {
        var now = record;
        for (var i = 0; i < Tries && (at is null || at >= now.Seq) && await StoredAsync(now, after, limit, cancellation) is { } rows; i++)
        {
            var again = await _store.ReadExecutionAsync(record.Tenant, record.Id, cancellation);
            if (again is null || again.Seq == now.Seq)
            {
                var inFull = await _history.InFullAsync(now, cancellation);
                if (MayLag(now, inFull))
                    break;
                return (ExecutionMoment.Of(inFull), await WithValuesAsync(now, NodeRunRows.Of(rows, limit), cancellation));
            }
            now = again;
        }
        return await FoldMomentAsync(now, Math.Min(at ?? long.MaxValue, now.Seq), after, limit, cancellation);
    }

    // Of an execution under way, large variables are copied to its row from time to time, and an error only when it has ended.
    private static bool MayLag(ExecutionRecord record, ExecutionRecord inFull) => record.Status == ExecutionStatus.Compensating
        || (record.Owner != 0 && Math.Max(record.Variables.Utf8.Length, inFull.Variables.Utf8.Length) > Mailbox.FewBytes);

    private async Task<(ExecutionMoment Moment, NodeRunPage Runs)> FoldMomentAsync(
        ExecutionSummary record, long at, int after, int limit, CancellationToken cancellation)
    {
        var stored = await StoredAsync(record, after, limit, cancellation);
        var state = await _history.FoldRunsAsync(record, at, new RunLog(after, limit + 1), useSnapshot: stored is not null, cancellation);
        var folded = state.RunRows();
        if (stored is not null)
        {
            // What has not changed since then is stored as it was; of the rest, the fold knows.
            var changed = folded.ToDictionary(row => row.Number);
            folded = [.. stored.Where(row => row.Places.First <= state.Seq)
                .Select(row => row.Places.Last <= state.Seq ? row : changed[row.Number])];
        }
        return (ExecutionMoment.Of(state), await WithValuesAsync(record, NodeRunRows.Of(folded, limit), cancellation));
    }

    // One more than the page; null where no rows are stored.
    private async ValueTask<IReadOnlyList<NodeRunRow>?> StoredAsync(
        ExecutionSummary record, int after, int limit, CancellationToken cancellation)
    {
        var rows = await _store.ReadRunsAsync(record.Tenant, record.Id, after, limit + 1, cancellation);
        if (rows.Count > 0)
            return rows;
        var areStored = after > 0 && (await _store.ReadRunsAsync(record.Tenant, record.Id, 0, 1, cancellation)).Count > 0;
        return areStored ? rows : null;
    }

    private async Task<NodeRunPage> WithValuesAsync(ExecutionSummary record, NodeRunRows rows, CancellationToken cancellation)
    {
        var events = new EventLookup(_store, record, new ExecutionValues(_blobs, record.Tenant));
        var runs = ImmutableArray.CreateBuilder<NodeRunDetails>();
        long weight = 0;
        foreach (var row in rows.Rows)
        {
            if (weight > PageBytes)
                return new NodeRunPage(runs.ToImmutable(), runs[^1].Row.Number);
            var saying = new Dictionary<long, Value>();
            foreach (var seq in NodeRunDetails.EventsOf(row.Places))
                saying.Add(seq, await events.ReadAsync(seq, cancellation));
            var run = NodeRunDetails.Read(row, saying);
            weight += run.Weight;
            runs.Add(run);
        }
        return new NodeRunPage(runs.ToImmutable(), rows.Next);
    }
}

/// <summary>A page of node runs.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Next">The number of the last one where others follow; null: none do.</param>
public sealed record NodeRunPage(ImmutableArray<NodeRunDetails> Runs, int? Next);

/// <summary>A page of node runs without their values.</summary>
/// <param name="Rows">The runs.</param>
/// <param name="Next">The number of the last one where others follow; null: none do.</param>
public sealed record NodeRunRows(ImmutableArray<NodeRunRow> Rows, int? Next)
{
    internal static NodeRunRows Of(IReadOnlyList<NodeRunRow> rows, int limit) =>
        rows.Count > limit ? new([.. rows.Take(limit)], rows[limit - 1].Number) : new([.. rows], null);
}

using System.Collections.Immutable;

namespace Millrace.Core.Executions;

// The runs as rows, for lists of them.
public sealed partial class ExecutionState
{
    // Null: taken over from a snapshot that was made before runs were counted.
    private int? _runCount = 0;

    /// <summary>Whether all rows up to some event are stored (see <see cref="RunLog"/>).</summary>
    public bool AreRunsStored => _log?.IsStored == true;

    /// <summary>
    /// The rows that its <see cref="RunLog"/> keeps, by their numbers; those of runs that were over before the state was taken over from a
    /// snapshot are not among them.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has no such log.</exception>
    public ImmutableArray<NodeRunRow> RunRows()
    {
        var log = _log ?? throw new InvalidOperationException("Nobody has followed the runs.");
        return [.. log.Over.Concat(Runs().Where(run => log.Keeps(run.Number)).Select(run => run.ToRow())).OrderBy(row => row.Number)];
    }

    /// <summary>What changed of the rows since they were taken last: all of them the first time. Null: nothing.</summary>
    /// <exception cref="InvalidOperationException">It has no log.</exception>
    public NodeRunChanges? TakeRuns()
    {
        var log = _log ?? throw new InvalidOperationException("Nobody has followed the runs.");
        var rows = log.IsStored ? [.. log.Changed.Select(run => run.ToRow())] : RunRows();
        ImmutableArray<int> gone = [.. log.Gone];
        log.Stored(Seq);
        return rows.IsEmpty && gone.IsEmpty ? null : new NodeRunChanges(rows, gone);
    }

    private void Touch(NodeRun run)
    {
        _log?.Touch(run, Seq);
        run.Places = run.Places.At(Seq);
    }
}

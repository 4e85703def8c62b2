namespace Millrace.Core.Executions;

/// <summary>
/// Follows what becomes of an execution's node runs, for those who list them. First it keeps the rows of the runs whose turn or item is
/// over, which the state itself forgets. Once somebody has stored all rows, it only notes which runs have changed since.
/// </summary>
/// <param name="after">The number after which rows are kept.</param>
/// <param name="limit">How many are kept.</param>
public sealed class RunLog(int after = 0, int limit = int.MaxValue)
{
    private readonly List<NodeRunRow> _over = [];
    private readonly List<NodeRun> _changed = [];
    private readonly List<int> _gone = [];
    private long _stored;

    /// <summary>Whether all rows up to some event are stored.</summary>
    public bool IsStored => _stored > 0;

    /// <summary>The rows of all runs up to an event are stored.</summary>
    public void Stored(long seq)
    {
        _over.Clear();
        _changed.Clear();
        _gone.Clear();
        _stored = seq;
    }

    internal IReadOnlyList<NodeRunRow> Over => _over;

    internal IReadOnlyList<NodeRun> Changed => _changed;

    internal IReadOnlyList<int> Gone => _gone;

    internal bool Keeps(int number) => number > after && number - after <= limit;

    /// <summary>A run is about to change.</summary>
    internal void Touch(NodeRun run, long seq)
    {
        if (IsStored && run.Places.Last <= _stored && seq > _stored)
            _changed.Add(run);
    }

    /// <summary>A frame is left behind: nothing in it changes any more.</summary>
    internal void Leave(Frame frame)
    {
        if (IsStored)
            return;
        foreach (var run in frame.Runs)
        {
            if (run is not null && !run.Node.IsLoop && Keeps(run.Number))
                _over.Add(run.ToRow());
        }
    }

    /// <summary>All that is not over was replaced.</summary>
    internal void Replace(IEnumerable<NodeRun> before, IReadOnlyCollection<NodeRun> now)
    {
        if (!IsStored)
            return;
        _changed.AddRange(now);
        _gone.AddRange(before.Select(run => run.Number).Except(now.Select(run => run.Number)));
    }
}

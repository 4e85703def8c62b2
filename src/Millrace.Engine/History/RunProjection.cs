using Millrace.Core.Executions;

namespace Millrace.Engine.History;

/// <summary>
/// Decides when the rows of an execution's node runs are stored: never for a short one, whose journal is folded to list its runs. From the
/// commit on that makes it long, each commit stores what it changed of them.
/// </summary>
/// <param name="state">The execution.</param>
/// <param name="journalBytes">The bytes of its journal so far.</param>
internal sealed class RunProjection(ExecutionState state, long journalBytes)
{
    /// <summary>The most events of an execution without stored rows.</summary>
    public const int MaxEvents = 1_000;

    /// <summary>The most bytes of journal of an execution without stored rows.</summary>
    public const int MaxBytes = 1024 * 1024;

    private long _journalBytes = journalBytes;

    /// <summary>The commit under way adds to the journal.</summary>
    public void Journaled(int bytes) => _journalBytes += bytes;

    /// <summary>What the commit under way has to store; null: nothing.</summary>
    /// <param name="hasBlobs">Whether the journal refers to large values: whoever folds it reads them all.</param>
    /// <param name="mostEvents">The most events of an execution without stored rows.</param>
    public NodeRunChanges? Take(bool hasBlobs, int mostEvents) =>
        state.AreRunsStored || hasBlobs || state.Seq >= mostEvents || _journalBytes >= MaxBytes ? state.TakeRuns() : null;
}

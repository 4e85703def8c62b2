using Millrace.Core.Executions;

namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads the events of executions: one by one, of many in the order of their commits, and what they amount to.</summary>
public interface IJournalReads
{
    /// <summary>
    /// Journal entries that hold any event after <paramref name="afterSeq"/>, in order, at most <paramref name="limit"/>, and of no more than
    /// <paramref name="maxBytes"/> of events together. Where the first is larger than that, it is given in part: events after
    /// <paramref name="afterSeq"/>, at least one; <see cref="JournalEntry.PartOf"/> says so where more of it follow. Empty: there are none.
    /// </summary>
    ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
        string tenant, string executionId, long afterSeq, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default);

    /// <summary>The last snapshot of an execution; null: it has none.</summary>
    ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default);

    /// <summary>
    /// Rows of an execution's node runs with numbers greater than <paramref name="after"/>, by their numbers, at most
    /// <paramref name="limit"/>. Of a short execution, and of one from before there were rows, none are stored.
    /// </summary>
    ValueTask<IReadOnlyList<NodeRunRow>> ReadRunsAsync(
        string tenant, string executionId, int after, int limit, CancellationToken cancellation = default);

    /// <summary>
    /// Journal entries of all executions of a tenant, or of one workflow, by their positions: those that hold any event after a
    /// place, at most <paramref name="limit"/>, and of no more than <paramref name="maxBytes"/> of events together. Where the first is larger than
    /// that, it is given in part. Positions are in the order in which commits become visible: once an entry was visible, none with a smaller
    /// position becomes visible later, whichever owner commits. A store with concurrent writers that gives out positions before it commits must
    /// therefore end its answer before the first position that may still be under way. So whoever goes on after the last position it has seen
    /// misses nothing and gets nothing twice. Positions only ever grow, with gaps.
    /// </summary>
    ValueTask<IReadOnlyList<FeedEntry>> ReadFeedAsync(
        string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default);

    /// <summary>The position of the last entry that <see cref="ReadFeedAsync"/> could give anybody; 0: there is none.</summary>
    ValueTask<long> ReadFeedEndAsync(CancellationToken cancellation = default);
}

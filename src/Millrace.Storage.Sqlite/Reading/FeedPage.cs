using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>A page of a feed while it is read.</summary>
/// <param name="after">What its reader has seen.</param>
/// <param name="limit">How many entries it holds.</param>
/// <param name="maxBytes">How many bytes of events it holds.</param>
internal struct FeedPage(FeedCursor after, int limit, int maxBytes)
{
    private JournalPage _page = new(maxBytes);
    private bool _isOverfull;

    public List<FeedEntry> Entries { get; } = [];

    public readonly bool IsFull => _isOverfull || Entries.Count >= limit;

    /// <summary>Whether there may be something at a position that the reader has not seen.</summary>
    public readonly bool IsAhead(long position) => position >= after.Position;

    /// <summary>Takes the current row: first_seq, last_seq, events, position, execution, workflow.</summary>
    public void Take(Statement row)
    {
        var position = row.Long(3);
        var seen = position == after.Position ? after.Seq : 0;
        if (row.Long(1) <= seen)
            return;
        if (_page.TryTake(row, 0, seen, out var entry))
            Entries.Add(new FeedEntry(position, row.Text(4), row.Text(5), entry));
        else
            _isOverfull = true;
    }
}

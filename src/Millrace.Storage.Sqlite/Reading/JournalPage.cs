using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>How much of journals one read may give, in bytes of events. Of a row that is larger than all of that it gives a part.</summary>
internal struct JournalPage
{
    private readonly int _maxBytes;
    private int _left;
    private bool _hasAny;

    public JournalPage(int maxBytes) => _maxBytes = _left = maxBytes;

    /// <summary>Takes the entry of the current row, in the columns first_seq, last_seq and events; false: the page is full.</summary>
    public bool TryTake(Statement statement, int column, long afterSeq, out JournalEntry entry)
    {
        entry = default;
        var events = statement.Utf8(column + 2);
        if (events.Length <= _left)
        {
            entry = new JournalEntry(statement.Long(column), statement.Long(column + 1), new JsonText(events.ToArray()));
            _left -= events.Length;
        }
        else if (!_hasAny)
        {
            // Never the whole row: what is read is held for as long as its reader takes.
            var (part, first, last) = JournalText.Part(events, afterSeq, _maxBytes);
            var lastOfAll = statement.Long(column + 1);
            entry = new JournalEntry(first, last, new JsonText(part)) { PartOf = last < lastOfAll ? lastOfAll : null };
            _left = 0;
        }
        var isTaken = !entry.Events.IsEmpty;
        _hasAny |= isTaken;
        return isTaken;
    }
}

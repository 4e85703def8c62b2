using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;

namespace Millrace.Engine.History;

/// <summary>
/// Finds single events of one execution's journal. It holds a few journal rows at a time, however many events are asked for.
/// </summary>
internal sealed class EventLookup(IStore store, ExecutionSummary record, ExecutionValues values)
{
    private const int MaxRows = 4;

    // The one that was used last is last.
    private readonly List<Row> _rows = [];

    /// <summary>An event as journaled, its large values in their places.</summary>
    /// <exception cref="InvalidDataException">It is not there, or damaged.</exception>
    public async ValueTask<Value> ReadAsync(long seq, CancellationToken cancellation)
    {
        var row = _rows.Find(row => row.Entry.FirstSeq <= seq && seq <= row.Entry.LastSeq) ?? await ReadRowAsync(seq, cancellation);
        _rows.Remove(row);
        _rows.Add(row);
        try
        {
            return await row.EventAsync(seq, values, cancellation);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"Event {seq} of execution '{record.Id}' is damaged: {e.Message}", e);
        }
    }

    private async ValueTask<Row> ReadRowAsync(long seq, CancellationToken cancellation)
    {
        var entries = await store.ReadJournalAsync(record.Tenant, record.Id, seq - 1, 1, cancellation: cancellation);
        if (entries is not [var entry] || entry.FirstSeq > seq)
            throw new InvalidDataException($"Event {seq} of execution '{record.Id}' is missing.");
        if (_rows.Count == MaxRows)
            _rows.RemoveAt(0);
        return new Row(entry);
    }

    private sealed class Row(JournalEntry entry)
    {
        private List<EventMark>? _events;
        private (long Seq, Value Event) _last;

        public JournalEntry Entry => entry;

        // What a fork has taken over is one event that many runs are read from.
        public async ValueTask<Value> EventAsync(long seq, ExecutionValues values, CancellationToken cancellation)
        {
            if (_last.Seq != seq)
            {
                _events ??= JournalText.Marks(entry.Events.Utf8.Span);
                var mark = _events[(int)(seq - entry.FirstSeq)];
                _last = (seq, await values.ReadAsync(entry.Events.Utf8.Slice(mark.Offset, mark.Length), cancellation));
            }
            return _last.Event;
        }
    }
}

using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Reads;

namespace Millrace.Engine.History;

/// <summary>
/// Reads journals as they are stored, in pages. What a page costs does not grow with the execution: it has at most so many items and bytes,
/// and where only
/// some events are wanted, it ends after so many bytes of journal, whatever was found in them.
/// </summary>
public sealed class JournalReader
{
    /// <summary>
    /// About the most bytes of events, or of what is made of them, on a page: it ends with the item that goes beyond them.
    /// </summary>
    public const int PageBytes = 4 * 1024 * 1024;

    /// <summary>About the most bytes of journal that are looked through for one page.</summary>
    public const int SearchedBytes = 16 * 1024 * 1024;

    private const int Rows = 256;
    private const int RowBytes = 1024 * 1024;

    private readonly IJournalReads _store;

    internal JournalReader(IJournalReads store) => _store = store;

    /// <summary>A page of events.</summary>
    /// <param name="execution">The execution.</param>
    /// <param name="after">The event before the page; 0: from the first.</param>
    /// <param name="limit">How many at most; fewer where they are large.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">The journal is damaged.</exception>
    public Task<JournalPage<JournaledEvent>> ReadAsync(
        ExecutionSummary execution, long after, int limit, CancellationToken cancellation = default) =>
        ReadAsync<JournaledEvent>(execution, after, limit, static e => (e, e.Json.Length), cancellation);

    /// <summary>A page of the log.</summary>
    /// <param name="execution">The execution.</param>
    /// <param name="after">The event before the page; 0: from the first.</param>
    /// <param name="limit">How many lines at most; fewer where they are large.</param>
    /// <param name="filter">Which lines.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidDataException">The journal is damaged.</exception>
    public Task<JournalPage<ExecutionLogLine>> ReadLogAsync(
        ExecutionSummary execution, long after, int limit, LogFilter filter, CancellationToken cancellation = default) =>
        ReadAsync<ExecutionLogLine>(
            execution, after, limit,
            e => ExecutionLogLine.Of(e) is var line && filter.Admits(line) ? (line, line.Weight) : null,
            cancellation);

    // One item more is looked for than the page has room for, so that the last page is known to be the last.
    private async Task<JournalPage<T>> ReadAsync<T>(
        ExecutionSummary execution, long after, int limit, Func<JournaledEvent, (T Item, int Bytes)?> take, CancellationToken cancellation)
    {
        var page = new List<T>();
        var (bytes, searched, last) = (0L, 0L, after);
        while (true)
        {
            var entries = await _store.ReadJournalAsync(execution.Tenant, execution.Id, after, Rows, RowBytes, cancellation);
            if (entries.Count == 0)
                return new JournalPage<T>(page, null);
            foreach (var e in entries.SelectMany(entry => JournaledEvent.Of(entry.Events.Utf8)).SkipWhile(e => e.Seq <= after))
            {
                if (searched > SearchedBytes)
                    return new JournalPage<T>(page, after);
                if (take(e) is { } found)
                {
                    if (page.Count == limit || bytes > PageBytes)
                        return new JournalPage<T>(page, last);
                    page.Add(found.Item);
                    bytes += found.Bytes;
                    last = e.Seq;
                }
                searched += e.Json.Length;
                after = e.Seq;
            }
        }
    }
}

/// <summary>A page of what a journal says.</summary>
/// <param name="Items">The items, in the order of the journal; perhaps none, although others follow.</param>
/// <param name="Next">The seq after which the next page begins; null: this is the last one.</param>
public sealed record JournalPage<T>(IReadOnlyList<T> Items, long? Next);

using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>Reads the journals of executions.</summary>
internal static class ExecutionQueries
{
    public static IReadOnlyList<JournalEntry> ReadJournal(MemoryStoreData data, string tenant, string executionId, long afterSeq, int limit, int maxBytes)
    {
        var entries = new List<JournalEntry>();
        if (data.Find(tenant, executionId) is not { } row)
            return entries;
        var left = maxBytes;
        foreach (var entry in row.Journal.SkipWhile(entry => entry.LastSeq <= afterSeq).Take(limit))
        {
            if (Fit(entry, afterSeq, maxBytes, ref left) is not { } fitting)
                break;
            entries.Add(fitting);
        }
        return entries;
    }

    public static IReadOnlyList<FeedEntry> ReadFeed(MemoryStoreData data, string tenant, string? workflowId, FeedCursor after, int limit, int maxBytes)
    {
        var entries = new List<FeedEntry>();
        var left = maxBytes;
        for (var position = (int)Math.Max(after.Position, 1); position <= data.Feed.Count && entries.Count < limit; position++)
        {
            var seen = position == after.Position ? after.Seq : 0;
            if (data.Feed[position - 1] is { } row && row.Entry.Entry.LastSeq > seen && string.Equals(row.Tenant, tenant, StringComparison.Ordinal)
                && (workflowId is null || string.Equals(row.Entry.WorkflowId, workflowId, StringComparison.Ordinal))
                && data.Executions.ContainsKey(row.Entry.ExecutionId))
            {
                if (Fit(row.Entry.Entry, seen, maxBytes, ref left) is not { } fitting)
                    break;
                entries.Add(row.Entry with { Entry = fitting });
            }
        }
        return entries;
    }

    // What of an entry is still to be given: all of it, a part where it is the first and larger than everything that may be given, or nothing.
    private static JournalEntry? Fit(JournalEntry entry, long afterSeq, int maxBytes, ref int left)
    {
        var size = entry.Events.Utf8.Length;
        if (size <= left)
        {
            left -= size;
            return entry;
        }
        if (left < maxBytes)
            return null;
        left = -1;
        var (part, first, last) = JournalText.Part(entry.Events.Utf8.Span, afterSeq, maxBytes);
        return new JournalEntry(first, last, new JsonText(part)) { PartOf = last < entry.LastSeq ? entry.LastSeq : null };
    }
}

/// <summary>Pages of lists, the largest id first.</summary>
internal static class Pages
{
    public static IReadOnlyList<T> Of<T>(IEnumerable<T> all, Page page, Func<T, string> id) => [.. all
        .Where(one => page.After is null || string.CompareOrdinal(id(one), page.After) < 0)
        .OrderByDescending(id, StringComparer.Ordinal)
        .Skip(Math.Max(page.Offset, 0))
        .Take(Math.Clamp(page.Limit, 1, Page.MaxLimit))];
}

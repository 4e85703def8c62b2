using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>Reads executions and their journals.</summary>
internal static class ExecutionQueries
{
    public static IReadOnlyList<ExecutionRecord> List(MemoryStoreData data, string tenant, ExecutionFilter filter, Page page)
    {
        var found = data.Executions.Values.Select(row => row.Record).Where(execution => string.Equals(execution.Tenant, tenant, StringComparison.Ordinal) && Fits(execution, filter));
        return Pages.Of(found, page, execution => execution.Id);
    }

    public static IReadOnlyList<JournalEntry> ReadJournal(MemoryStoreData data, string tenant, string executionId, long afterSeq, int limit) =>
        data.Find(tenant, executionId) is { } row ? [.. row.Journal.SkipWhile(entry => entry.LastSeq <= afterSeq).Take(limit)] : [];

    public static IReadOnlyList<FeedEntry> ReadFeed(MemoryStoreData data, string tenant, string? workflowId, long after, int limit)
    {
        var entries = new List<FeedEntry>();
        for (var position = (int)Math.Max(after, 0); position < data.Feed.Count && entries.Count < limit; position++)
        {
            if (data.Feed[position] is { } row && string.Equals(row.Tenant, tenant, StringComparison.Ordinal)
                && (workflowId is null || string.Equals(row.Entry.WorkflowId, workflowId, StringComparison.Ordinal))
                && data.Executions.ContainsKey(row.Entry.ExecutionId))
                entries.Add(row.Entry);
        }
        return entries;
    }

    private static bool Fits(ExecutionRecord execution, ExecutionFilter filter) =>
        (filter.WorkflowId is null || string.Equals(execution.WorkflowId, filter.WorkflowId, StringComparison.Ordinal))
        && (filter.Statuses.IsDefaultOrEmpty || filter.Statuses.Contains(execution.Status))
        && (filter.From is null || execution.CreatedAt >= filter.From)
        && (filter.To is null || execution.CreatedAt < filter.To)
        && (filter.CorrelationId is null || string.Equals(execution.CorrelationId, filter.CorrelationId, StringComparison.Ordinal))
        && (string.IsNullOrEmpty(filter.Text) || Texts(execution).Any(text => text?.Contains(filter.Text, StringComparison.OrdinalIgnoreCase) == true));

    private static IEnumerable<string?> Texts(ExecutionRecord execution)
    {
        yield return execution.Id;
        yield return execution.CorrelationId;
        yield return execution.CurrentStep;
        if (execution.Error.IsEmpty)
            yield break;
        var error = ValueJson.Parse(execution.Error.Utf8.Span);
        foreach (var name in (string[])["type", "message"])
            yield return error[name].TryGetString(out var text) ? text : null;
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

using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>Lists executions.</summary>
internal static class ExecutionList
{
    public static ExecutionPage Read(MemoryStoreData data, string tenant, ExecutionFilter filter, Page page)
    {
        var limit = Math.Clamp(page.Limit, 1, Page.MaxLimit);
        var left = Math.Max(page.Offset, 0);
        var found = new List<ExecutionSummary>();
        var (searched, bytes, last) = (0, 0L, (string?)null);
        foreach (var execution in Newest(data, tenant, page.After).Where(execution => IsAmong(execution, filter)))
        {
            if (found.Count == limit || bytes > ExecutionPage.MaxBytes || (!string.IsNullOrEmpty(filter.Text) && searched == ExecutionPage.MaxSearched))
                return new ExecutionPage(found, last);
            searched++;
            last = execution.Id;
            if (!Says(execution, filter.Text) || left-- > 0)
                continue;
            bytes += execution.Error.Utf8.Length + execution.Cost.Utf8.Length;
            found.Add(Summary(execution));
        }
        return new ExecutionPage(found, null);
    }

    public static IReadOnlyList<ExecutionRecord> ReadAll(MemoryStoreData data, string tenant, IReadOnlyList<string> ids, int maxBytes)
    {
        var found = new List<ExecutionRecord>();
        long left = maxBytes;
        foreach (var execution in ids.Select(id => data.Find(tenant, id)?.Record).OfType<ExecutionRecord>())
        {
            left -= (long)execution.Input.Utf8.Length + execution.Request.Utf8.Length + execution.Variables.Utf8.Length + execution.Result.Utf8.Length;
            if (left < 0 && found.Count > 0)
                break;
            found.Add(execution);
        }
        return found;
    }

    private static IEnumerable<ExecutionRecord> Newest(MemoryStoreData data, string tenant, string? after) => data.Executions.Values
        .Select(row => row.Record)
        .Where(execution => string.Equals(execution.Tenant, tenant, StringComparison.Ordinal))
        .Where(execution => after is null || string.CompareOrdinal(execution.Id, after) < 0)
        .OrderByDescending(execution => execution.Id, StringComparer.Ordinal);

    private static ExecutionSummary Summary(ExecutionRecord execution) => new()
    {
        Tenant = execution.Tenant,
        Id = execution.Id,
        WorkflowId = execution.WorkflowId,
        Version = execution.Version,
        Status = execution.Status,
        Seq = execution.Seq,
        Owner = execution.Owner,
        WakeAt = execution.WakeAt,
        Priority = execution.Priority,
        CurrentStep = execution.CurrentStep,
        TotalNodes = execution.TotalNodes,
        CompletedNodes = execution.CompletedNodes,
        Error = execution.Error,
        Cost = execution.Cost,
        Trigger = execution.Trigger,
        CorrelationId = execution.CorrelationId,
        ParentId = execution.ParentId,
        PendingReason = execution.PendingReason,
        CreatedAt = execution.CreatedAt,
        StartedAt = execution.StartedAt,
        CompletedAt = execution.CompletedAt,
    };

    private static bool IsAmong(ExecutionSummary execution, ExecutionFilter filter) =>
        (filter.WorkflowId is null || string.Equals(execution.WorkflowId, filter.WorkflowId, StringComparison.Ordinal))
        && (filter.Statuses.IsDefaultOrEmpty || filter.Statuses.Contains(execution.Status))
        && (filter.From is null || execution.CreatedAt >= filter.From)
        && (filter.To is null || execution.CreatedAt < filter.To)
        && (filter.CorrelationId is null || string.Equals(execution.CorrelationId, filter.CorrelationId, StringComparison.Ordinal));

    private static bool Says(ExecutionSummary execution, string? text) =>
        string.IsNullOrEmpty(text) || Texts(execution).Any(one => one?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    private static IEnumerable<string?> Texts(ExecutionSummary execution)
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

using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Finds, deletes and clears away what was kept long enough.</summary>
internal static class RetentionTable
{
    // No id comes after it.
    private const string AllListed = "~";

    public static void Replace(MemoryStoreData data, WorkflowRow workflow, RetentionPolicy policy)
    {
        workflow.Retention = policy;
        if (policy != RetentionPolicy.Unsaid)
            data.ListedTo ??= "";
    }

    public static IReadOnlyList<ExecutionKey> ListExpired(MemoryStoreData data, RetentionPolicy defaults, DateTimeOffset now, int limit) =>
        [
            .. data.Executions.Values.Where(
                row => row.IsListed && HasExpired(data, row.Record, defaults, now) && !HasLivingParent(data, row.Record))
            .Take(limit)
            .Select(row => new ExecutionKey(row.Record.Tenant, row.Record.Id)),
        ];

    // It may yet want its children undone.
    private static bool HasLivingParent(MemoryStoreData data, ExecutionRecord record) =>
        record.ParentId is { } parent && data.Find(record.Tenant, parent) is { Record.Status: var status } && !status.IsTerminal();

    public static CommitResult Apply(MemoryStoreData data, IndexEnded index)
    {
        if (index.Begin)
            data.ListedTo ??= "";
        if (data.ListedTo is null or AllListed)
            return new CommitResult.Indexed(HasMore: false);
        List<string> piece = [.. data.Executions.Keys.Where(id => string.CompareOrdinal(id, data.ListedTo) > 0).Order(StringComparer.Ordinal).Take(index.Limit)];
        foreach (var id in piece)
            data.Executions[id].IsListed |= data.Executions[id].Record.Status.IsTerminal();
        var hasMore = piece.Count == index.Limit;
        data.ListedTo = hasMore ? piece[^1] : AllListed;
        return new CommitResult.Indexed(hasMore);
    }

    public static CommitResult Apply(MemoryStoreData data, DeleteExecutions delete)
    {
        return new CommitResult.Deleted([.. delete.Ids.Select(id => Delete(data, delete.Tenant, id))]);
    }

    public static CommitResult Apply(MemoryStoreData data, PurgeDeleted purge)
    {
        List<string> freed = [];
        var left = purge.Rows;
        foreach (var id in data.Deleted.ToList())
        {
            if (left <= 0)
                break;
            left -= Math.Max(Purge(data, id, left, freed), 1);
        }
        return new CommitResult.Purged(freed, HasMore: left <= 0 && data.Deleted.Count > 0);
    }

    private static WriteOutcome Delete(MemoryStoreData data, string tenant, string id)
    {
        if (data.Find(tenant, id) is not { } row)
            return WriteOutcome.NotFound;
        if (!row.Record.Status.IsTerminal())
            return WriteOutcome.NotEnded;
        data.Executions.Remove(id);
        WaitTable.Delete(data, tenant, id);
        data.Budgets.Deleted(tenant, id);
        data.Deleted.Add(id);
        return WriteOutcome.Done;
    }

    private static int Purge(MemoryStoreData data, string id, int limit, List<string> freed)
    {
        var removed = 0;
        for (var position = 0; position < data.Feed.Count && removed < limit; position++)
        {
            if (data.Feed[position] is not { } row || !string.Equals(row.Entry.ExecutionId, id, StringComparison.Ordinal))
                continue;
            data.Feed[position] = null;
            removed++;
        }
        var blobs = data.Blobs.TryGetValue(id, out var known) ? known : [];
        foreach (var blob in blobs.Take(limit - removed).ToList())
        {
            blobs.Remove(blob);
            removed++;
            if (!data.Blobs.Values.Any(others => others.Contains(blob)))
                freed.Add(blob);
        }
        if (removed == limit)
            return removed;
        data.Blobs.Remove(id);
        data.Deleted.Remove(id);
        return removed + 1;
    }

    private static bool HasExpired(MemoryStoreData data, ExecutionRecord execution, RetentionPolicy defaults, DateTimeOffset now)
    {
        if (!data.Workflows.TryGetValue((execution.Tenant, execution.WorkflowId), out var workflow))
            return false;
        var keep = KeptFor(workflow.Retention, execution.Status) ?? KeptFor(defaults, execution.Status);
        return keep is { } time && time != RetentionPolicy.Forever && execution.CompletedAt <= now - time;
    }

    private static TimeSpan? KeptFor(RetentionPolicy policy, ExecutionStatus status) => status switch
    {
        ExecutionStatus.Completed => policy.Completed,
        ExecutionStatus.Failed => policy.Failed,
        _ => policy.Cancelled,
    };
}

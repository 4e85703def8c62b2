using System.Diagnostics;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Opens, answers, closes and lists waits for the outside.</summary>
internal static class WaitTable
{
    public static CommitResult Apply(MemoryStoreData data, AnswerWait write, InboxWriter inbox)
    {
        var found = data.Waits.GetValueOrDefault((write.Tenant, write.WaitId));
        if (found is { Status: not WaitStatus.Open })
            return CommitResult.Refused(WriteOutcome.Conflict);
        if ((found ?? write.Early) is not { } wait)
            return CommitResult.Refused(WriteOutcome.NotFound);
        var appended = inbox.Apply(write.Message);
        if (appended.Outcome == WriteOutcome.Done)
            data.Waits[(write.Tenant, write.WaitId)] = wait with { Status = WaitStatus.Answered, Answer = write.Answer };
        return appended;
    }

    /// <summary>Does what a commit of an execution says of its waits.</summary>
    public static void Apply(MemoryStoreData data, string tenant, IReadOnlyList<WaitChange> changes)
    {
        foreach (var change in changes)
        {
            switch (change)
            {
                case WaitChange.Opened { Wait: var wait }:
                    if (data.Waits.GetValueOrDefault((wait.Tenant, wait.Id)) is null or { Status: WaitStatus.Closed })
                        data.Waits[(wait.Tenant, wait.Id)] = wait with { Status = WaitStatus.Open, Answer = null };
                    break;
                case WaitChange.Taken taken: Set(data, (tenant, taken.Id), WaitStatus.Answered, onlyOpen: true); break;
                case WaitChange.Closed closed: Set(data, (tenant, closed.Id), WaitStatus.Closed, onlyOpen: false); break;
                case WaitChange.Queued queued: TaskTable.Queue(data, queued.Task); break;
                case WaitChange.Finished finished: TaskTable.Finish(data, tenant, task => string.Equals(task.Id, finished.Id, StringComparison.Ordinal)); break;
                default: throw new UnreachableException($"The store cannot write a {change.GetType().Name}.");
            }
        }
    }

    /// <summary>An execution has ended: nothing of it can be answered any more.</summary>
    public static void Ended(MemoryStoreData data, string tenant, string executionId)
    {
        foreach (var key in Of(data, tenant, executionId))
            Set(data, key, WaitStatus.Closed, onlyOpen: true);
        TaskTable.Finish(data, tenant, task => string.Equals(task.ExecutionId, executionId, StringComparison.Ordinal));
    }

    /// <summary>An execution is deleted.</summary>
    public static void Delete(MemoryStoreData data, string tenant, string executionId)
    {
        foreach (var key in Of(data, tenant, executionId))
            data.Waits.Remove(key);
        data.Tasks.RemoveAll(row => string.Equals(row.Task.Tenant, tenant, StringComparison.Ordinal) && string.Equals(row.Task.ExecutionId, executionId, StringComparison.Ordinal));
    }

    public static IReadOnlyList<WaitRecord> List(MemoryStoreData data, string tenant, WaitFilter filter, Page page) => Pages.Of(
        data.Waits.Values.Where(wait => string.Equals(wait.Tenant, tenant, StringComparison.Ordinal)
            && (filter.ExecutionId is null || string.Equals(wait.ExecutionId, filter.ExecutionId, StringComparison.Ordinal))
            && (filter.Statuses.IsDefaultOrEmpty || filter.Statuses.Contains(wait.Status))
            && (filter.Kinds.IsDefaultOrEmpty || filter.Kinds.Contains(wait.Kind, StringComparer.Ordinal))
            && (filter.Assignee is null || wait.Assignees.Contains(filter.Assignee, StringComparer.Ordinal))),
        page,
        wait => wait.Id);

    private static void Set(MemoryStoreData data, (string, string) key, WaitStatus status, bool onlyOpen)
    {
        if (data.Waits.TryGetValue(key, out var wait) && (!onlyOpen || wait.Status == WaitStatus.Open))
            data.Waits[key] = wait with { Status = status };
    }

    private static List<(string Tenant, string Id)> Of(MemoryStoreData data, string tenant, string executionId) => data.Waits.Count == 0 ? [] :
        [
            .. data.Waits.Where(wait =>
                string.Equals(wait.Value.ExecutionId, executionId, StringComparison.Ordinal)
                    && string.Equals(wait.Key.Tenant, tenant, StringComparison.Ordinal))
            .Select(wait => wait.Key),
        ];
}

using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Cached results, and who computes one.</summary>
internal static class CacheTable
{
    public static CachedValue? Find(MemoryStoreData data, string tenant, string scope, string key, DateTimeOffset now) =>
        data.Cached.TryGetValue((tenant, scope, key), out var cached) && cached.ExpiresAt > now ? cached : null;

    public static CommitResult Apply(MemoryStoreData data, PutCached put)
    {
        var cached = put.Cached;
        data.Cached[(put.Tenant, cached.Scope, cached.Key)] = cached;
        data.Computations.Remove((put.Tenant, cached.Scope, cached.Key));
        return CommitResult.Done;
    }

    public static CommitResult Apply(MemoryStoreData data, TakeComputation take)
    {
        var key = (take.Tenant, take.Scope, take.Key);
        if (Find(data, take.Tenant, take.Scope, take.Key, take.Now) is { } found)
            return new CommitResult.Found(found);
        if (!IsUnderWay(data, take.Tenant, take.ExecutionId))
            return CommitResult.Refused(WriteOutcome.Terminal);
        if (data.Computations.TryGetValue(key, out var other) && !string.Equals(other.Holder, take.Holder, StringComparison.Ordinal) && IsUnderWay(data, take.Tenant, other.ExecutionId))
            return CommitResult.Refused(WriteOutcome.Conflict);
        data.Computations[key] = (take.ExecutionId, take.Holder);
        return CommitResult.Done;
    }

    public static CommitResult Apply(MemoryStoreData data, PruneCache prune)
    {
        var old = data.Cached.Where(cached => cached.Value.ExpiresAt <= prune.Now).Select(cached => cached.Key).Take(prune.Limit).ToList();
        foreach (var key in old)
            data.Cached.Remove(key);
        return new CommitResult.Pruned(old.Count);
    }

    public static void GiveUp(MemoryStoreData data, string tenant, IReadOnlyList<string> holders)
    {
        foreach (var key in data.Computations
            .Where(one =>
                string.Equals(one.Key.Tenant, tenant, StringComparison.Ordinal)
                    && holders.Contains(one.Value.Holder, StringComparer.Ordinal))
            .Select(one => one.Key)
            .ToList())
            data.Computations.Remove(key);
    }

    private static bool IsUnderWay(MemoryStoreData data, string tenant, string executionId) =>
        data.Find(tenant, executionId) is { } row && !row.Record.Status.IsTerminal();
}

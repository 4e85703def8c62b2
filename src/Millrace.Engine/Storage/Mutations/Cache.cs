namespace Millrace.Engine.Storage.Mutations;

/// <summary>Keeps a result in a cache, in place of the one before; whoever computes it, no longer does.</summary>
public sealed class PutCached(string tenant, CachedValue cached) : Mutation(tenant)
{
    /// <summary>The result to cache.</summary>
    public CachedValue Cached { get; } = cached;
}

/// <summary>
/// Looks for a result in a cache and, where there is none, makes one execution the only one that computes it, for as long as it is under way and
/// has not given up: <see cref="WriteOutcome.Conflict"/> where another one is,
/// <see cref="WriteOutcome.Terminal"/> where the execution has ended.
/// </summary>
public sealed class TakeComputation(string tenant, string scope, string key, string executionId, string holder, DateTimeOffset now) : Mutation(tenant)
{
    /// <summary>The scope of the cache key: a node, or a shared cache.</summary>
    public string Scope { get; } = scope;

    /// <summary>The key of the result.</summary>
    public string Key { get; } = key;

    /// <summary>The execution that would compute it.</summary>
    public string ExecutionId { get; } = executionId;

    /// <summary>What would compute it, the same after a crash: <see cref="AdvanceExecution.GivenUp"/>.</summary>
    public string Holder { get; } = holder;

    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;
}

/// <summary>Removes cached results that are no longer good.</summary>
public sealed class PruneCache(DateTimeOffset now, int limit) : Mutation("")
{
    /// <summary>The time to compare with.</summary>
    public DateTimeOffset Now { get; } = now;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;
}

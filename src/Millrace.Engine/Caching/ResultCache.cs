using System.Collections.Concurrent;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Storage.Reads;

namespace Millrace.Engine.Caching;

/// <summary>Results that are kept for later, in the store. Within this process, those who ask for the same result at once wait for one computation.</summary>
public sealed class ResultCache
{
    /// <summary>The longest result that is kept, in bytes of its JSON.</summary>
    public const int MaxValueLength = 256 * 1024;

    private readonly ConcurrentDictionary<(string Tenant, CacheAddress Address), TaskCompletionSource<NodeOutcome?>> _computing = new();
    private readonly ICacheReads _store;
    private readonly Committer _committer;
    private readonly EngineScheduler _scheduler;
    private readonly TimeProvider _time;

    internal ResultCache(ICacheReads store, Committer committer, EngineScheduler scheduler, TimeProvider time)
    {
        _store = store;
        _committer = committer;
        _scheduler = scheduler;
        _time = time;
    }

    /// <summary>Looks for a result and, where there is none, makes an execution the only one that computes it; or says that another one does.</summary>
    /// <param name="tenant">The tenant whose data to use.</param>
    /// <param name="address">The address of the result in the cache.</param>
    /// <param name="executionId">The execution.</param>
    /// <param name="holder">What in it would compute it: see <see cref="ComputationTracker.HolderOf"/>.</param>
    public async Task<CacheLook> TakeAsync(string tenant, CacheAddress address, string executionId, string holder)
    {
        var take = new TakeComputation(tenant, address.Scope, address.Key, executionId, holder, _time.GetUtcNow());
        // Where its execution has ended meanwhile, nobody hears the answer.
        var result = await _committer.CommitAsync(take);
        if (result.Outcome != WriteOutcome.Done)
            return new CacheLook.Busy();
        return result is CommitResult.Found found ? new CacheLook.Hit(ValueJson.Parse(found.Value.Value.Utf8.Span)) : new CacheLook.Miss();
    }

    /// <summary>Keeps a result; false where it is too long to be kept.</summary>
    public async Task<bool> KeepAsync(string tenant, CacheAddress address, Value value, TimeSpan ttl)
    {
        var json = value.ToUtf8();
        if (json.Length > MaxValueLength)
            return false;
        var now = _time.GetUtcNow();
        var expiry = ttl < DateTimeOffset.MaxValue - now ? now + ttl : DateTimeOffset.MaxValue;
        await _committer.CommitAsync(new PutCached(tenant, new CachedValue(address.Scope, address.Key, new JsonText(json), now, expiry)));
        return true;
    }

    /// <summary>
    /// The outcome that is kept, or else the one of the effect, which is then kept if it succeeded. Who asks while the effect runs for another waits
    /// for that and ends as it does, its failure included; where that was cancelled or had no budget left, the next one runs its own.
    /// </summary>
    internal async ValueTask<NodeOutcome> GetOrRunAsync(string tenant, CacheAddress address, TimeSpan ttl, Func<ValueTask<NodeOutcome>> run, CancellationToken cancellation)
    {
        while (true)
        {
            if (await FindAsync(tenant, address, cancellation) is { } hit)
                return hit;
            // Those who wait go on where the scheduler ends it: a thread of the pool would escape the simulator.
            var mine = new TaskCompletionSource<NodeOutcome?>();
            var first = _computing.GetOrAdd((tenant, address), mine);
            if (ReferenceEquals(first, mine))
                return await ComputeAsync(mine, tenant, address, ttl, run, cancellation);
            if (await first.Task.WaitAsync(cancellation) is { } outcome)
                return outcome.Error is null ? Cached(outcome.Output, outcome.Port) : outcome with { Logs = [] };
        }
    }

    private async Task<NodeOutcome> ComputeAsync(
        TaskCompletionSource<NodeOutcome?> mine,
        string tenant,
        CacheAddress address,
        TimeSpan ttl,
        Func<ValueTask<NodeOutcome>> run,
        CancellationToken cancellation)
    {
        NodeOutcome? outcome = null;
        try
        {
            // Somebody may have kept it between the look and now.
            outcome = await FindAsync(tenant, address, cancellation) ?? await KeptAsync(await run(), tenant, address, ttl);
            return outcome;
        }
        finally
        {
            _computing.TryRemove(KeyValuePair.Create((tenant, address), mine));
            // A failure because this one was cancelled, or because of its own budget, says nothing about the others.
            var isItsOwn = outcome?.Error is { } error && (cancellation.IsCancellationRequested || error.Type is NodeError.BudgetExceeded);
            _scheduler.Schedule(new Answer(mine, isItsOwn ? null : outcome));
        }
    }

    private async Task<NodeOutcome> KeptAsync(NodeOutcome outcome, string tenant, CacheAddress address, TimeSpan ttl)
    {
        if (outcome.Error is not null || outcome.Ending != Ending.None)
            return outcome;
        try
        {
            var value = new MapBuilder().Set("output", outcome.Output).SetIfPresent("port", outcome.Port is null ? Value.Null : outcome.Port).Build();
            return await KeepAsync(tenant, address, value, ttl) ? Fresh(outcome) : Warned(outcome, $"The result was not cached: it is longer than {MaxValueLength / 1024} KB.");
        }
        catch (StoreException e)
        {
            // What was done is done: it must not be done again because it could not be cached.
            return Warned(outcome, $"The result was not cached: {e.Message}");
        }
    }

    private async ValueTask<NodeOutcome?> FindAsync(string tenant, CacheAddress address, CancellationToken cancellation)
    {
        if (await _store.ReadCachedAsync(tenant, address.Scope, address.Key, _time.GetUtcNow(), cancellation) is not { } found)
            return null;
        var value = ValueJson.Parse(found.Value.Utf8.Span);
        return Cached(value["output"], value["port"].TryGetString(out var port) ? port : null);
    }

    private static NodeOutcome Cached(Value output, string? port) => new() { Output = output, Port = port, Meta = MapValue.Of("cached", true) };

    private static NodeOutcome Fresh(NodeOutcome outcome) =>
        outcome with { Meta = (outcome.Meta.TryGetMap(out var meta) ? new MapBuilder(meta) : new MapBuilder()).Set("cached", false).Build() };

    private static NodeOutcome Warned(NodeOutcome outcome, string message) => Fresh(outcome) with { Logs = outcome.Logs.Add(new LogLine("warn", message)) };

    // Not by the one that computed it, whom many others would keep.
    private sealed class Answer(TaskCompletionSource<NodeOutcome?> waiting, NodeOutcome? outcome) : IThreadPoolWorkItem
    {
        public void Execute() => waiting.SetResult(outcome);
    }
}

/// <summary>What a look into a cache finds.</summary>
public abstract record CacheLook
{
    private CacheLook()
    {
    }

    /// <summary>A cached result was found.</summary>
    /// <param name="Value">The cached value.</param>
    public sealed record Hit(Value Value) : CacheLook;

    /// <summary>Nothing: whoever looked computes it now.</summary>
    public sealed record Miss : CacheLook;

    /// <summary>Nothing, but somebody else computes it.</summary>
    public sealed record Busy : CacheLook;
}

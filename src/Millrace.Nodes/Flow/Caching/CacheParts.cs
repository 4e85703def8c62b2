using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Caching;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow.Caching;

internal sealed record CacheLookConfig
{
    public required string Node { get; init; }

    public Value Key { get; init; }

    public string? Name { get; init; }
}

/// <summary>
/// Looks for the result. While another execution computes it, it looks again and again, by durable timers that cost nothing.
/// </summary>
internal sealed class CacheLookNode : EffectNodeType<CacheLookConfig>
{
    private const string Busy = "cache_busy";

    /// <summary>When it looks again.</summary>
    public static readonly RetryPolicy LookAgain = new()
    {
        MaxAttempts = int.MaxValue,
        Delay = TimeSpan.FromMilliseconds(100),
        MaxDelay = TimeSpan.FromSeconds(5),
        Errors = [Busy],
    };

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "cache/look", Title = "Look into a cache", Summary = "The first part of a cache node.", Category = "Flow",
        Kind = NodeKind.Effect, Repetition = Repetition.Harmless, Ports = ["hit", "miss"], IsPart = true,
    };

    protected override async ValueTask<NodeOutcome> ExecuteAsync(
        CacheLookConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (context.Cache is not { } cache)
            return NodeOutcome.Failed("cache", "A node that is tested alone has no cache.");
        var (address, problem) = CacheAddress.Of(config.Name, context.WorkflowId, config.Node, config.Key);
        if (address is null)
            return NodeOutcome.Failed("cache", problem!);
        var meta = MapValue.Of(("scope", address.Scope), ("key", address.Key));
        return await cache.TakeAsync(context.Tenant, address, context.ExecutionId, HolderOf(config, context)) switch
        {
            CacheLook.Hit hit =>
                new NodeOutcome { Output = hit.Value, Port = "hit", Meta = new MapBuilder(meta).Set("cached", true).Build() },
            CacheLook.Miss =>
                new NodeOutcome { Output = context.Data, Port = "miss", Meta = new MapBuilder(meta).Set("cached", false).Build() },
            _ =>
                NodeOutcome.Failed(
                    Busy,
                    $"The result '{address.Key}' is being computed by another execution; the node will check again soon.",
                    retryable: true),
        };
    }

    // That of the cache node, in whose body this is.
    private static string HolderOf(CacheLookConfig config, EffectContext context)
    {
        var dot = context.Iteration.LastIndexOf('.');
        return ComputationTracker.HolderOf(context.ExecutionId, config.Node, dot < 0 ? "" : context.Iteration[..dot]);
    }
}

internal sealed record CacheBodyConfig
{
    public required IReadOnlyDictionary<string, Value> Body { get; init; }
}

/// <summary>The part of a cache node that runs its body.</summary>
internal sealed class CacheBodyNode : BodyNodeType<CacheBodyConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "cache/body", Title = "Compute for a cache", Summary = "The part of a cache node that runs its body.", Category = "Flow",
        Kind = NodeKind.Pure, GraphFields = ["/body"], IsPart = true,
    };

    protected override BodyLogic? Compile(CacheBodyConfig config, NodeCompilation compilation) =>
        compilation.Body("body") is { } body ? new OnceLogic(splits: false, body) : null;
}

internal sealed record CacheKeepConfig
{
    public required CacheLookMeta Look { get; init; }

    public Value Ttl { get; init; }
}

internal sealed record CacheLookMeta
{
    public required string Scope { get; init; }

    public required string Key { get; init; }

    public bool Cached { get; init; }
}

/// <summary>Keeps the result, where it is new, and gives it with a word about where it is from.</summary>
internal sealed class CacheKeepNode : EffectNodeType<CacheKeepConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "cache/keep", Title = "Keep in a cache", Summary = "The last part of a cache node.", Category = "Flow",
        Kind = NodeKind.Effect, Repetition = Repetition.Harmless, IsPart = true,
    };

    protected override async ValueTask<NodeOutcome> ExecuteAsync(
        CacheKeepConfig config, EffectContext context, CancellationToken cancellation)
    {
        var ttl = TimeSpan.FromHours(1);
        if (!config.Ttl.IsNull && !Durations.TryReadSeconds(config.Ttl, out ttl))
            return NodeOutcome.Failed("cache", $"The 'ttl' is {Text.Of(config.Ttl)}; it must be {Durations.ExpectedSeconds}.");
        if (ttl <= TimeSpan.Zero)
            return NodeOutcome.Failed("cache", $"The 'ttl' must be positive, but is {Durations.ToIso(ttl)}.");
        if (!config.Look.Cached
            && context.Cache is { } cache
            && !await cache.KeepAsync(context.Tenant, new CacheAddress(config.Look.Scope, config.Look.Key), context.Data, ttl))
            context.Log(
                "warn", $"The result '{config.Look.Key}' was not cached: it is longer than {ResultCache.MaxValueLength / 1024} KB.");
        return NodeOutcome.Completed(
            MapValue.Of(("output", context.Data), ("meta", MapValue.Of(("cached", config.Look.Cached), ("key", config.Look.Key)))));
    }
}

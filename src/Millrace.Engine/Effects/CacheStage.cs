using Millrace.Core.Nodes;
using Millrace.Engine.Caching;
using Millrace.Engine.Nodes;

namespace Millrace.Engine.Effects;

/// <summary>An effect with a cache runs only where its result is not kept already.</summary>
internal sealed class CacheStage(EffectStage next, ResultCache cache)
{
    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect) =>
        effect.Start.Node.Logic is CachedEffect cached && effect.Owner.IsStored ? FindOrRunAsync(effect, cached) : next(effect);

    private async ValueTask<NodeOutcome> FindOrRunAsync(RunningEffect effect, CachedEffect cached)
    {
        var identity = effect.Owner.Identity;
        var (address, problem) = CacheAddress.Of(cached.Policy.Name, identity.WorkflowId, effect.Start.Node.Id, CachedEffect.KeyOf(effect.Start.Input));
        if (address is null)
            return NodeOutcome.Failed("cache", problem!);
        // Without secrets: what is kept is shown to other executions.
        return await cache.GetOrRunAsync(identity.Tenant, address, cached.Policy.Ttl, async () => effect.Redact(await next(effect)), effect.Cancellation);
    }
}

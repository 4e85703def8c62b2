using Millrace.Engine.Storage;

namespace Millrace.Engine.Integrations;

/// <summary>Keeps stored integrations in memory: nodes ask for them at each of their calls.</summary>
public static class IntegrationCache
{
    /// <summary>Finds integrations as the store has them. After a change, whichever node made it, the store is read again.</summary>
    /// <param name="store">The store.</param>
    /// <param name="time">The clock.</param>
    public static FindIntegration Over(IStore store, TimeProvider time)
    {
        var cache = TenantCache.OfThings(store.Changes, ChangeKind.Integration, (tenant, name) => store.ReadIntegrationAsync(tenant, name), time);
        return cache.GetAsync;
    }
}

using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>Integrations in memory.</summary>
internal static class IntegrationTable
{
    public static WriteOutcome Apply(MemoryStoreData data, SaveIntegration save)
    {
        var integration = save.Integration;
        var found = data.Integrations.GetValueOrDefault((integration.Tenant, integration.Name));
        if (found is null && save.ExpectedVersion > 0)
            return WriteOutcome.NotFound;
        if (save.ExpectedVersion is { } expected && expected != (found?.Version ?? 0))
            return WriteOutcome.Conflict;
        if (found is null && List(data, integration.Tenant).Count() >= save.Most)
            return WriteOutcome.Full;
        (save.Created, save.Version, save.ResourceId) = (found is null, (found?.Version ?? 0) + 1, integration.Name);
        data.Integrations[(integration.Tenant, integration.Name)] = integration with { Version = save.Version, CreatedAt = found?.CreatedAt ?? integration.UpdatedAt };
        return WriteOutcome.Done;
    }

    public static WriteOutcome Apply(MemoryStoreData data, DeleteIntegration delete)
    {
        if (!data.Integrations.TryGetValue((delete.Tenant, delete.Name), out var found))
            return WriteOutcome.NotFound;
        if (delete.ExpectedVersion is { } expected && expected != found.Version)
            return WriteOutcome.Conflict;
        delete.ResourceId = delete.Name;
        data.Integrations.Remove((delete.Tenant, delete.Name));
        return WriteOutcome.Done;
    }

    public static IEnumerable<StoredIntegration> List(MemoryStoreData data, string tenant) =>
        data.Integrations.Values.Where(integration => string.Equals(integration.Tenant, tenant, StringComparison.Ordinal)).OrderBy(integration => integration.Name, StringComparer.Ordinal);
}

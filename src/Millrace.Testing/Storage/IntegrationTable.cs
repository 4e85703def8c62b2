using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>The table of integrations of the in-memory store.</summary>
internal static class IntegrationTable
{
    public static CommitResult Apply(MemoryStoreData data, SaveIntegration save)
    {
        var integration = save.Integration;
        var found = data.Integrations.GetValueOrDefault((integration.Tenant, integration.Name));
        if (found is null && save.ExpectedVersion > 0)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (save.ExpectedVersion is { } expected && expected != (found?.Version ?? 0))
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (found is null && List(data, integration.Tenant).Count() >= save.Most)
            return CommitResult.Refused(WriteOutcome.Full);
        var version = (found?.Version ?? 0) + 1;
        data.Integrations[(integration.Tenant, integration.Name)] = integration with { Version = version, CreatedAt = found?.CreatedAt ?? integration.UpdatedAt };
        return new CommitResult.Saved(version, Created: found is null);
    }

    public static CommitResult Apply(MemoryStoreData data, DeleteIntegration delete)
    {
        if (!data.Integrations.TryGetValue((delete.Tenant, delete.Name), out var found))
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (delete.ExpectedVersion is { } expected && expected != found.Version)
            return CommitResult.Refused(WriteOutcome.Conflict);
        data.Integrations.Remove((delete.Tenant, delete.Name));
        return CommitResult.Done;
    }

    public static IEnumerable<StoredIntegration> List(MemoryStoreData data, string tenant) =>
        data.Integrations.Values.Where(integration => string.Equals(integration.Tenant, tenant, StringComparison.Ordinal)).OrderBy(integration => integration.Name, StringComparer.Ordinal);
}

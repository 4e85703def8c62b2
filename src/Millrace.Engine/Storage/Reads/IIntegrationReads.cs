namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads integrations.</summary>
public interface IIntegrationReads
{
    /// <summary>An integration; null where the tenant has none by this name.</summary>
    ValueTask<StoredIntegration?> ReadIntegrationAsync(string tenant, string name, CancellationToken cancellation = default);

    /// <summary>A tenant's integrations, by name. They are few: there are no pages.</summary>
    ValueTask<IReadOnlyList<StoredIntegration>> ListIntegrationsAsync(string tenant, CancellationToken cancellation = default);
}

namespace Millrace.Engine.Storage.Mutations;

/// <summary>
/// Saves an integration: creates it, or adds one to its version. <see cref="WriteOutcome.Conflict"/> where another version was expected,
/// <see cref="WriteOutcome.Full"/> where the tenant has too many.
/// </summary>
public sealed class SaveIntegration(StoredIntegration integration) : Mutation(integration.Tenant)
{
    /// <summary>The integration; version and creation time are the store's.</summary>
    public StoredIntegration Integration { get; } = integration;

    /// <summary>The version it must stand at: 0: it must not exist; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }

    /// <summary>How many a tenant may have.</summary>
    public required int Most { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Integration.Name;
}

/// <summary>Deletes an integration; nobody is asked who uses it.</summary>
public sealed class DeleteIntegration(string tenant, string name) : Mutation(tenant)
{
    /// <summary>The name to delete.</summary>
    public string Name { get; } = name;

    /// <summary>The version it must stand at; null: whatever.</summary>
    public int? ExpectedVersion { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Name;
}

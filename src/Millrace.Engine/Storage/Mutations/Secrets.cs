namespace Millrace.Engine.Storage.Mutations;

/// <summary>Stores a secret, or replaces its value.</summary>
public sealed class PutSecret(StoredSecret secret) : Mutation(secret.Tenant)
{
    /// <summary>The secret, encrypted.</summary>
    public StoredSecret Secret { get; } = secret;

    /// <summary>Whether one that is there already keeps the hosts that it has.</summary>
    public bool KeepsHosts { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Secret.Name;
}

/// <summary>Deletes a secret.</summary>
public sealed class DeleteSecret(string tenant, string name) : Mutation(tenant)
{
    /// <summary>The name to delete.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => Name;
}

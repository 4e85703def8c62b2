namespace Millrace.Engine.Storage;

/// <summary>Stores a secret, or replaces its value.</summary>
public sealed class PutSecret(StoredSecret secret) : Write(secret.Tenant)
{
    /// <summary>The secret, encrypted.</summary>
    public StoredSecret Secret { get; } = secret;

    /// <summary>Whether one that is there already keeps the hosts that it has.</summary>
    public bool KeepsHosts { get; init; }
}

/// <summary>Deletes a secret.</summary>
public sealed class DeleteSecret(string tenant, string name) : Write(tenant)
{
    /// <summary>Which.</summary>
    public string Name { get; } = name;
}

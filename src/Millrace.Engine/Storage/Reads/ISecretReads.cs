namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads secrets, encrypted.</summary>
public interface ISecretReads
{
    /// <summary>A tenant's secrets, encrypted, by name. Secrets are few: there are no pages.</summary>
    ValueTask<IReadOnlyList<StoredSecret>> ListSecretsAsync(string tenant, CancellationToken cancellation = default);
}

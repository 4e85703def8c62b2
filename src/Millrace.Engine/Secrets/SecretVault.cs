using System.Collections.Immutable;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Secrets;

/// <summary>
/// The secrets of all tenants: those that were stored, encrypted, and for one tenant those of the process's environment. A stored one goes before one
/// of the environment.
/// </summary>
public sealed class SecretVault(IStore store, Committer committer, SecretKeyFile keyFile, ConfiguredSecrets configured, TimeProvider time)
{
    private TenantCache<TenantSecrets>? _cache;

    private TenantCache<TenantSecrets> Cache => LazyInitializer.EnsureInitialized(
        ref _cache, () => TenantCache.OfTenants(store.Changes, ChangeKind.Secret, LoadAsync, time));

    /// <summary>A tenant's secrets as they are now.</summary>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public async ValueTask<TenantSecrets> ReadAsync(string tenant, CancellationToken cancellation = default) =>
        await Cache.GetAsync(tenant, cancellation: cancellation) ?? TenantSecrets.None;

    /// <summary>What secrets a tenant has, by name.</summary>
    public async Task<IReadOnlyList<SecretInfo>> ListAsync(string tenant, CancellationToken cancellation = default)
    {
        var stored = await store.ListSecretsAsync(tenant, cancellation);
        return [.. stored.Select(secret => new SecretInfo(secret.Name, secret.UpdatedAt, SecretHosts.OfStored(secret.Hosts)))
            .Concat(configured.NamesOf(tenant).Select(Configured))
            .OrderBy(secret => secret.Name, StringComparer.Ordinal)];
    }

    private SecretInfo Configured(string variable) =>
        new(SecretNames.OfEnvironment(variable), UpdatedAt: null, configured.HostsOf(variable));

    /// <summary>Stores a secret, or a new value of it.</summary>
    /// <param name="tenant">The tenant whose data to use.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="hosts">The hosts it may be sent to; null: those of the stored secret, or any host for a new one.</param>
    /// <param name="user">The user who stores it.</param>
    /// <param name="idempotency">The caller's key against repetition.</param>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="IOException">The key file cannot be made or read.</exception>
    /// <exception cref="InvalidDataException">The key file holds no key.</exception>
    public async Task<WriteOutcome> PutAsync(string tenant, string name, string value, SecretHosts? hosts, string? user, IdempotencyKey? idempotency = null)
    {
        if (!SecretNames.IsName(name))
            throw new ArgumentException($"'{name}' cannot be a secret's name.", nameof(name));
        var key = keyFile.FindOrCreate();
        var secret = new StoredSecret(tenant, name, key.Id, key.Encrypt(tenant, name, value), time.GetUtcNow(), user, hosts?.ToString() ?? "");
        return (await committer.CommitAsync(new PutSecret(secret) { KeepsHosts = hosts is null, Idempotency = idempotency })).Outcome;
    }

    /// <summary>Deletes a stored secret; NotFound where there is none.</summary>
    public async Task<WriteOutcome> DeleteAsync(string tenant, string name, IdempotencyKey? idempotency = null) =>
        (await committer.CommitAsync(new DeleteSecret(tenant, name) { Idempotency = idempotency })).Outcome;

    /// <summary>Whether a name is one of the environment's.</summary>
    public bool IsConfigured(string tenant, string name) => configured.NamesOf(tenant).Contains(SecretNames.InEnvironment(name), StringComparer.Ordinal);

    private async ValueTask<TenantSecrets?> LoadAsync(string tenant)
    {
        var values = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var unreadable = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var hosts = ImmutableDictionary.CreateBuilder<string, SecretHosts>(StringComparer.Ordinal);
        foreach (var name in configured.NamesOf(tenant))
        {
            values[name] = configured.Values[name];
            hosts[name] = configured.HostsOf(name);
        }
        foreach (var secret in await store.ListSecretsAsync(tenant))
        {
            var value = Decrypt(secret, out var problem);
            if (value is null)
                unreadable[secret.Name] = problem!;
            else
                values[secret.Name] = value;
            hosts[secret.Name] = SecretHosts.OfStored(secret.Hosts);
        }
        if (values.Count == 0 && unreadable.Count == 0)
            return TenantSecrets.None;
        var all = values.Select(secret => KeyValuePair.Create(NameOf(secret.Key), secret.Value));
        return new TenantSecrets(values.ToImmutable(), unreadable.ToImmutable(), hosts.ToImmutable(), new SecretRedactor(all));
    }

    // As workflows call it.
    private static string NameOf(string key) =>
        key.StartsWith(SecretNames.EnvironmentPrefix, StringComparison.Ordinal) ? SecretNames.OfEnvironment(key) : key;

    private string? Decrypt(StoredSecret secret, out string? problem)
    {
        problem = null;
        try
        {
            if (keyFile.Find() is { } key && string.Equals(key.Id, secret.KeyId, StringComparison.Ordinal))
            {
                var value = key.Decrypt(secret.Tenant, secret.Name, secret.Encrypted);
                problem = value is null ? $"The stored secret '{secret.Name}' is damaged. Set it again with PUT /api/v1/secrets/{secret.Name}." : null;
                return value;
            }
            problem = $"The secret '{secret.Name}' was encrypted with a key file other than the one in the data directory. Restore that "
                + $"file from a backup, or set the secret again with PUT /api/v1/secrets/{secret.Name}.";
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            problem = $"The secret '{secret.Name}' cannot be read: {e.Message}";
        }
        return null;
    }
}

/// <summary>A secret without its value.</summary>
/// <param name="Name">Its name, as workflows say it.</param>
/// <param name="UpdatedAt">When it was stored; null: it is one of the environment.</param>
/// <param name="Hosts">Where it may be sent to.</param>
public sealed record SecretInfo(string Name, DateTimeOffset? UpdatedAt, SecretHosts Hosts);

/// <summary>Secrets that the process was started with.</summary>
/// <param name="Tenant">The tenant that owns them.</param>
/// <param name="Values">By the names of environment variables, prefix included.</param>
public sealed record ConfiguredSecrets(string Tenant, ImmutableDictionary<string, string> Values)
{
    /// <summary>No secrets come from the environment.</summary>
    public static ConfiguredSecrets None { get; } = new("", ImmutableDictionary<string, string>.Empty);

    /// <summary>Where those may be sent to that are bound to hosts, by the names of environment variables.</summary>
    public ImmutableDictionary<string, SecretHosts> Hosts { get; init; } = ImmutableDictionary<string, SecretHosts>.Empty;

    internal SecretHosts HostsOf(string name) => Hosts.GetValueOrDefault(name) ?? SecretHosts.Any;

    internal IEnumerable<string> NamesOf(string tenant) => string.Equals(tenant, Tenant, StringComparison.Ordinal) ? Values.Keys : [];
}

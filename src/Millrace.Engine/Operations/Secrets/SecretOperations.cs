using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Secrets;

/// <summary>Secrets: what there is, and new values. A value goes in and never comes out.</summary>
public sealed class SecretOperations(SecretVault vault)
{
    /// <summary>The most characters of a value.</summary>
    public const int MaxValueLength = 32 * 1024;

    /// <summary>A page of secrets, by name: names and hosts, never values.</summary>
    public async ValueTask<Outcome<Listed<SecretInfo>>> ListAsync(Caller caller, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        return Listing.Of(await vault.ListAsync(caller.Tenant, cancellation), page, CursorOf);
    }

    /// <summary>Stores a secret, or a new value of it. Null: it is stored.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="hosts">The hosts that it may be sent to, any where there are none; null: those that it may be sent to so far.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    public async ValueTask<Refusal?> PutAsync(Caller caller, string name, string value, IReadOnlyList<string>? hosts, string? key)
    {
        if (caller.Refuse(Permission.ManageSecrets) is { } forbidden)
            return forbidden;
        if (!SecretNames.IsName(name))
            return new Refusal.Malformed(
                "invalid_parameter",
                $"'{name}' is not a valid name of a secret. Use 1 to 64 letters, digits, '_' or '-', beginning with a letter or '_'.",
                []);
        string? problem = null;
        var parsed = hosts is null ? null : SecretHosts.TryParse(hosts, out problem);
        var invalid = new CommandCheck()
            .Text("/value", value, MaxValueLength)
            .That(problem is null, "/hosts", "invalid_value", problem ?? "");
        if (invalid.Refusal is { } wrong)
            return wrong;
        try
        {
            await vault.PutAsync(caller.Tenant, name, value, parsed, caller.User, IdempotencyKey.In("secrets/" + name, key));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new Refusal.Unavailable(
                "secret_key_unavailable", $"The key that secrets are encrypted under cannot be used: {e.Message}");
        }
    }

    /// <summary>Deletes a secret. Null: it is deleted.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="name">Its name.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    public async ValueTask<Refusal?> DeleteAsync(Caller caller, string name, string? key)
    {
        if (caller.Refuse(Permission.ManageSecrets) is { } forbidden)
            return forbidden;
        if (await vault.DeleteAsync(caller.Tenant, name, IdempotencyKey.In("secrets/" + name, key)) != WriteOutcome.NotFound)
            return null;
        return vault.IsConfigured(caller.Tenant, name)
            ? new Refusal.Conflict(
                "configured", $"The secret '{name}' comes from the server's environment. Remove {SecretNames.InEnvironment(name)} there.")
            : new Refusal.NotFound("secret", name);
    }

    // A stored secret may have the name of one that the environment has.
    private static string CursorOf(SecretInfo secret) => secret.UpdatedAt is null ? secret.Name + "!" : secret.Name;
}

using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Integrations;
using Millrace.Engine.Operations.Nodes;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Integrations;

/// <summary>Integrations: services by name, with their addresses, credentials by reference, and limits.</summary>
public sealed class IntegrationOperations(IntegrationLibrary library, NodeTrial trial, INodeCatalog types)
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxNameLength = 64;

    /// <summary>The most characters of an operation.</summary>
    public const int MaxOperationLength = 2_100;

    private const string Node = "integration";

    // What the server says of it is ignored, so that what was read can be sent back.
    private static readonly HashSet<string> ServersOwn = new(
        ["name", "source", "version", "createdAt", "created_at", "updatedAt", "updated_at", "tenantId", "tenant_id", "owner"],
        StringComparer.Ordinal);

    /// <summary>A page of integrations, by name.</summary>
    public async ValueTask<Outcome<Listed<ShownIntegration>>> ListAsync(Caller caller, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewIntegrations) is { } forbidden)
            return forbidden;
        return Listing.Of(await library.ListAsync(caller.Tenant, cancellation), page, one => one.Name);
    }

    /// <summary>Reads an integration by its name.</summary>
    public async ValueTask<Outcome<ShownIntegration>> ReadAsync(Caller caller, string name, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewIntegrations) is { } forbidden)
            return forbidden;
        return await library.FindAsync(caller.Tenant, name, cancellation) is { } found ? found : new Refusal.NotFound("integration", name);
    }

    /// <summary>Creates an integration.</summary>
    public ValueTask<Outcome<SavedIntegration>> CreateAsync(
        Caller caller, string name, MapValue document, string? key, CancellationToken cancellation) =>
        SaveAsync(caller, name, document, 0, IdempotencyKey.In("integrations", key), isNew: true, cancellation);

    /// <summary>Replaces an integration as a whole; a name that there is not yet creates it.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="name">Its name.</param>
    /// <param name="document">Its document.</param>
    /// <param name="expectedVersion">The version it must stand at; 0: it must be new; null: any.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    public ValueTask<Outcome<SavedIntegration>> SaveAsync(
        Caller caller, string name, MapValue document, int? expectedVersion, string? key, CancellationToken cancellation) =>
        SaveAsync(caller, name, document, expectedVersion, IdempotencyKey.In("integrations/" + name, key), isNew: false, cancellation);

    /// <summary>Deletes an integration, whoever uses it. Null: it is deleted.</summary>
    public async ValueTask<Refusal?> DeleteAsync(Caller caller, string name, int? expectedVersion, string? key)
    {
        if ((caller.Refuse(Permission.ManageIntegrations) ?? Configured(name)) is { } refusal)
            return refusal;
        return await library.DeleteAsync(caller.Tenant, name, expectedVersion, IdempotencyKey.In("integrations/delete/" + name, key)) switch
        {
            WriteOutcome.NotFound => new Refusal.NotFound("integration", name),
            WriteOutcome.Conflict => Refusal.Stale.For($"The integration '{name}' is not at version {expectedVersion}."),
            _ => null,
        };
    }

    /// <summary>Makes one call, as a node of a workflow would make it.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="name">The integration.</param>
    /// <param name="operation">The operation; null: `GET /`, where the integration has no operations of its own.</param>
    /// <param name="values">The params of the operation, by name.</param>
    /// <param name="cancellation">Cancels the request.</param>
    public async ValueTask<Outcome<Trial>> TryAsync(
        Caller caller, string name, string? operation, MapValue values, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ManageIntegrations) is { } forbidden)
            return forbidden;
        if (await library.FindAsync(caller.Tenant, name, cancellation) is not { } found)
            return new Refusal.NotFound("integration", name);
        if (operation is null && ((Value)found.Document)["operations"].TryGetMap(out var named) && named.Count > 0)
        {
            var known = string.Join(", ", named.Entries.ToArray().Select(entry => entry.Key.AsString()));
            return new Refusal.Invalid("/operation", "missing_field", $"'operation' is missing. The integration has {known}.");
        }
        var config = MapValue.Of(("service", name), ("operation", operation ?? "GET /"), ("params", values));
        var outcome = await trial.RunAsync(caller.Tenant, types.Find(Node)!, new TrialRequest(config, Value.Null, null), cancellation);
        return outcome is Outcome<Trial>.Refused { Reason: Refusal.Invalid invalid }
            ? new Refusal.Invalid(invalid.Message, [.. invalid.Problems.Select(Located)])
            : outcome;
    }

    private async ValueTask<Outcome<SavedIntegration>> SaveAsync(
        Caller caller,
        string name,
        MapValue document,
        int? expected,
        IdempotencyKey? idempotency,
        bool isNew,
        CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ManageIntegrations) is { } forbidden)
            return forbidden;
        if (!IntegrationNames.IsName(name))
            return new Refusal.Invalid("/name", "invalid_id", $"'{name}' is not a valid name of an integration: {IntegrationNames.Rule}.");
        if (Configured(name) is { } configured)
            return configured;
        var saved = await library.SaveAsync(caller.Tenant, name, Authored(document), expected, caller.User, idempotency);
        switch (saved.Outcome)
        {
            case WriteOutcome.Done or WriteOutcome.Duplicate:
                var created = saved.Created || (saved.Outcome == WriteOutcome.Duplicate && expected == 0);
                return await library.FindAsync(caller.Tenant, saved.Name, cancellation) is { } found
                    ? new SavedIntegration(found, created)
                    : new Refusal.NotFound("integration", saved.Name);
            case WriteOutcome.Full:
                return new Refusal.Conflict(
                    "too_many", $"There are already {IntegrationLibrary.Most} integrations. Delete one that is not used.");
            case null:
                return new Refusal.Invalid(saved.Problems);
            default:
                return isNew
                    ? new Refusal.Conflict(
                        "name_taken",
                        $"The integration '{name}' already exists. Choose another name, or PUT /api/v1/integrations/{name} to change it.")
                    : Refusal.Stale.For(
                        expected == 0
                            ? $"The integration '{name}' already exists."
                            : $"The integration '{name}' is not at version {expected}.");
        }
    }

    private Refusal.Conflict? Configured(string name) => library.IsConfigured(name)
        ? new Refusal.Conflict(
            "configured", $"The integration '{name}' comes from the server's settings. Change API_GATEWAY_URL and API_GATEWAY_TOKEN there.")
        : null;

    private static MapValue Authored(MapValue document) => MapValue.Create(document.Entries.ToArray()
        .Where(entry => !ServersOwn.Contains(entry.Key.AsString()))
        .Select(entry => KeyValuePair.Create(entry.Key.AsString(), entry.Value)));

    private static Core.Definitions.Problem Located(Core.Definitions.Problem problem) =>
        problem with { Pointer = problem.Pointer.Replace("/config", "", StringComparison.Ordinal) };
}

/// <summary>An integration that was saved.</summary>
/// <param name="Integration">As it is now.</param>
/// <param name="Created">Whether it is new.</param>
public sealed record SavedIntegration(ShownIntegration Integration, bool Created);

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Integrations;
using Millrace.Engine.Storage;
using Millrace.Nodes.Http;
using Millrace.Nodes.Orchestration;

namespace Millrace.Nodes.Integration.Services;

/// <summary>
/// The integrations of all tenants: those that are stored, and those of the operator, which every tenant has and which go first.
/// </summary>
/// <param name="find">Finds one that is stored; null: none are.</param>
/// <param name="settings">What the operator configured.</param>
public sealed class IntegrationDirectory(FindIntegration? find, ServiceSettings settings)
{
    /// <summary>The integration that <see cref="ServiceSettings.ApiGatewayUrl"/> makes.</summary>
    public const string Gateway = "gateway";

    private const int MaxKept = 10_000;

    private readonly ConcurrentDictionary<(string Tenant, string Name), (string Document, Service Service)> _kept = new();
    private readonly Service? _gateway = settings.ApiGatewayUrl is { } url ? MakeGateway(url, settings.ApiGatewayToken) : null;

    /// <summary>The operator's own, as documents without their credentials, by name.</summary>
    public ImmutableSortedDictionary<string, MapValue> Configured => _gateway is null
        ? ImmutableSortedDictionary<string, MapValue>.Empty
        : ImmutableSortedDictionary<string, MapValue>.Empty.WithComparers(StringComparer.Ordinal)
            .Add(
                Gateway,
                MapValue.Of(
                    ("baseUrl", _gateway.Document.BaseUrl),
                    ("auth", _gateway.OperatorsAuth is null ? Value.Null : MapValue.Of("type", "bearer"))));

    /// <summary>
    /// What nodes of a graph ask of integrations that this tenant does not have, or that do not have it: warnings, because they may be made
    /// later.
    /// </summary>
    public async ValueTask<IReadOnlyList<Problem>> CheckAsync(string tenant, CompiledGraph graph, CancellationToken cancellation = default)
    {
        var problems = new List<Problem>();
        foreach (var node in graph.Nodes.Where(node => node.Type.Type is IntegrationNode.Type))
        {
            var config = (Value)node.Definition.Config;
            if (!config["service"].TryGetString(out var name) || !config["operation"].TryGetString(out var operation))
                continue;
            void Warn(string field, string code, string message) =>
                problems.Add(new(node.Definition.ConfigSource + field, code, message, Severity: Severity.Warning));
            if (await FindAsync(tenant, name, cancellation) is not { } service)
                Warn("/service", "unknown_integration", Missing(name));
            else if (service.Find(operation, out var problem) is not { } found)
                Warn("/operation", "unknown_operation", problem!);
            else if (IntegrationNode.MissingParam(found, config["params"]) is { } param)
                Warn("/params", "missing_field", $"The operation '{operation}' of the integration '{name}' needs the param '{param}'.");
        }
        return problems;
    }

    /// <summary>An integration of a tenant; null where there is none.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    internal async ValueTask<Service?> FindAsync(string tenant, string name, CancellationToken cancellation)
    {
        if (_gateway is not null && string.Equals(name, Gateway, StringComparison.Ordinal))
            return _gateway;
        if (find is null || await find(tenant, name, cancellation) is not { } stored)
            return null;
        var text = stored.Document.ToString();
        var isKept = _kept.TryGetValue((tenant, name), out var kept);
        if (isKept && string.Equals(kept.Document, text, StringComparison.Ordinal))
            return kept.Service;
        // It was checked when it was saved; what an upgrade no longer takes is as good as not there.
        if (IntegrationReader.Compile(name, ValueJson.Parse(Encoding.UTF8.GetBytes(text)).AsMap(), isKept ? kept.Service.Limit : null, []) is not { } service)
            return null;
        if (_kept.Count >= MaxKept)
            _kept.Clear();
        return _kept.AddOrUpdate((tenant, name), (text, service), (_, old) =>
            string.Equals(old.Document, text, StringComparison.Ordinal) ? old : (text, service)).Service;
    }

    /// <summary>Says that there is no such integration, and how to make one.</summary>
    internal static string Missing(string name) => string.Equals(name, Gateway, StringComparison.Ordinal)
        ? $"There is no integration '{name}'. Start the server with {ServiceSettings.ApiGatewayUrlName}, or create it with POST "
            + "/api/v1/integrations."
        : $"There is no integration '{name}'. Create it with POST /api/v1/integrations.";

    private static Service MakeGateway(Uri url, string? token)
    {
        var service = IntegrationReader.Compile(Gateway, MapValue.Of("baseUrl", url.AbsoluteUri), null, [])!;
        return new Service
        {
            Name = Gateway,
            Document = service.Document,
            BaseUrl = service.BaseUrl,
            Shared = service.Shared,
            Operations = service.Operations,
            Limit = service.Limit,
            OperatorsAuth = token is null ? null : new HttpAuth { Type = HttpAuthType.Bearer, Token = token },
            IsOperators = true,
        };
    }
}

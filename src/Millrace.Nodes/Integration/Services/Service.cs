using System.Collections.Immutable;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;
using Millrace.Nodes.Orchestration;

namespace Millrace.Nodes.Integration.Services;

/// <summary>An integration, ready to be called.</summary>
internal sealed class Service
{
    /// <summary>The name of the integration.</summary>
    public required string Name { get; init; }

    /// <summary>The stored document of the integration.</summary>
    public required IntegrationDocument Document { get; init; }

    /// <summary>What its addresses begin with.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>{auth, headers}, with its secrets.</summary>
    public required SecretTemplate Shared { get; init; }

    /// <summary>What it may be asked, by name; empty: anything.</summary>
    public required ImmutableDictionary<string, ServiceOperation> Operations { get; init; }

    /// <summary>How much of it may be asked.</summary>
    public required CallLimit Limit { get; init; }

    /// <summary>How the operator authenticates at what he named himself; null: not at all.</summary>
    public HttpAuth? OperatorsAuth { get; init; }

    /// <summary>Whether the operator named it: then it is called wherever it is.</summary>
    public bool IsOperators { get; init; }

    /// <summary>The operation that a node means; null with a sentence where there is none.</summary>
    public ServiceOperation? Find(string operation, out string? problem)
    {
        problem = null;
        if (Operations.IsEmpty)
            return ServiceOperation.TryParse(operation, out problem);
        if (Operations.TryGetValue(operation, out var found))
            return found;
        var names = Operations.Keys.Order(StringComparer.Ordinal).ToArray();
        var guess = ClosestName.Find(operation, names);
        problem = $"The integration '{Name}' has no operation "
            + $"'{operation}'{(guess is null ? "" : $"; did you mean '{guess}'?")}{(guess is null ? "." : "")} It has "
            + $"{string.Join(", ", names)}. Add it with PUT /api/v1/integrations/{Name}.";
        return null;
    }

    /// <summary>The address of a path of it; null with a sentence where the path leads away from it.</summary>
    public Uri? TryAddress(string path, out string? problem)
    {
        problem = null;
        var below = BaseUrl.AbsolutePath.TrimEnd('/');
        // The last word on where it leads has the one who will call it.
        if (Uri.TryCreate(BaseUrl.GetLeftPart(UriPartial.Authority) + below + path, UriKind.Absolute, out var url)
            && HttpCall.IsSameOrigin(url, BaseUrl) && url.Query.Length == 0 && url.Fragment.Length == 0 && IsSame(url.AbsolutePath, below + path))
            return url;
        problem = $"The path '{path}' leads away from the integration '{Name}'.";
        return null;
    }

    /// <summary>The request for an operation; null with a failure where it cannot be made.</summary>
    public HttpRequest? TryBuild(ServiceOperation operation, MapValue values, EffectContext context, out NodeOutcome? failure)
    {
        if (operation.TryBuild(this, values, context, out failure) is not var (config, own))
            return null;
        var shared = context.Secrets.Fill(Shared, Shared.Template.Evaluate(Bindings.Empty).Value, out var missing);
        if (missing is not null)
        {
            failure = NodeOutcome.Failed("secret", missing);
            return null;
        }
        if (OperatorsAuth?.Token is { } token)
            context.Secrets.Add(ServiceSettings.ApiGatewayTokenName, token);
        var headers = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase);
        if (shared["headers"].TryGetMap(out var common))
        {
            foreach (var entry in common.Entries)
                headers[entry.Key.AsString()] = entry.Value;
        }
        foreach (var (name, value) in config.Headers!)
            headers[name] = value;
        var auth = OperatorsAuth ?? (shared["auth"].TryGetMap(out var map) ? ConfigBinder.TryBind<HttpAuth>(map, out _) : null);
        return new HttpRequest(
            config with { Auth = auth, Headers = headers }, [.. own, .. headers.Keys.Where(name => Shared.HasSecretAt("headers", name))])
        {
            Operators = IsOperators ? BaseUrl : null,
        };
    }

    private static bool IsSame(string made, string meant) =>
        made
            .Split('/')
            .Select(Uri.UnescapeDataString)
            .SequenceEqual(meant.Split('/').Select(Uri.UnescapeDataString), StringComparer.Ordinal);
}

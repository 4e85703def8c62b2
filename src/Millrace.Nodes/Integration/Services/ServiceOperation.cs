using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration.Services;

/// <summary>
/// What to send for an operation: its path filled in, what it says of query, headers and body, and the params that none of these use: as
/// query
/// parameters where the method has no body, else as the body's fields.
/// </summary>
internal sealed class ServiceOperation
{
    private const string Root = "params";

    private readonly PathTemplate _path;
    private readonly SecretTemplate _parts;
    private readonly OperationDocument _document;
    private readonly ImmutableHashSet<string> _used;
    private readonly bool _usesAll;

    private ServiceOperation(OperationDocument document, PathTemplate path, SecretTemplate parts)
    {
        (_document, _path, _parts) = (document, path, parts);
        var references = parts.Template.References.Select(found => found.Reference).ToArray();
        _usesAll = references.Any(reference => reference.Path.IsEmpty);
        _used = [.. path.Params, .. references.Where(reference => !reference.Path.IsEmpty).Select(reference => reference.Path[0])];
        Needed =
        [
            .. path.Params,
            .. references.Where(reference => reference is { Required: > 0, IsConditional: false, Path.IsEmpty: false })
            .Select(reference => reference.Path[0]),
        ];
        Needed = [.. Needed.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Params without which it cannot be called.</summary>
    public ImmutableArray<string> Needed { get; }

    private bool HasBody => _document.Method.ToUpperInvariant() is not ("GET" or "HEAD" or "DELETE" or "OPTIONS");

    /// <summary>Compiles one; null with problems added where it is none.</summary>
    /// <param name="document">The document of the operation.</param>
    /// <param name="pointer">The JSON pointer to it.</param>
    /// <param name="problems">Receives the problems found.</param>
    public static ServiceOperation? Compile(OperationDocument document, string pointer, List<Problem> problems)
    {
        var before = problems.Count;
        if (HttpCallBuilder.MethodProblem(document.Method) is { } method)
            problems.Add(new(pointer + "/method", "invalid_value", method));
        if (SuccessCodes.TryParse(document.SuccessCodes) is null)
            problems.Add(new(pointer + "/successCodes", "invalid_value", SuccessCodes.Problem(document.SuccessCodes)));
        var path = PathTemplate.TryParse(document.Path, out var problem);
        if (path is null)
            problems.Add(new(pointer + "/path", "invalid_value", problem!));
        Credentials.CheckHeaders(document.Headers, pointer + "/headers", problems);
        Credentials.CheckQuery(document.Query, pointer + "/query", problems);
        var tree = MapValue.Of(("headers", MapOf(document.Headers)), ("query", MapOf(document.Query)), ("body", document.Body));
        var parts = Templates.Compile(tree, pointer, [Root], "/headers", problems);
        return problems.Count > before ? null : new(document, path!, parts!);
    }

    /// <summary>Reads an operation such as "GET /customers/{id}"; null with a sentence where it is none.</summary>
    public static ServiceOperation? TryParse(string text, out string? problem)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        problem = null;
        if (parts is not [var method, var path])
        {
            problem = $"'{text}' is not an operation. Use a method and a path, such as \"GET /customers/{{id}}\", or the name of one that "
                + "the integration has.";
            return null;
        }
        var problems = new List<Problem>();
        var operation = Compile(new OperationDocument { Method = method, Path = path }, "", problems);
        problem = problems.FirstOrDefault()?.Message;
        return operation;
    }

    /// <summary>What to send; null with a failure where the params do not do, or a secret is missing.</summary>
    /// <param name="service">Whose operation it is.</param>
    /// <param name="values">The params.</param>
    /// <param name="context">The attempt.</param>
    /// <param name="failure">The reason why it is refused.</param>
    public (HttpConfig Config, ImmutableArray<string> CredentialHeaders)? TryBuild(
        Service service, MapValue values, EffectContext context, out NodeOutcome? failure)
    {
        failure = null;
        if (TryRender(service, values, out var problem) is not var (url, parts))
        {
            failure = NodeOutcome.Failed("config", $"The integration '{service.Name}' cannot be called like this: {problem}");
            return null;
        }
        var filled = context.Secrets.Fill(_parts, parts, out problem);
        if (problem is not null)
            failure = NodeOutcome.Failed("secret", problem);
        return failure is null
            ? (ConfigOf(url, filled, Rest(values)), [.. Entries(filled["headers"]).Keys.Where(name => _parts.HasSecretAt("headers", name))])
            : null;
    }

    private (Uri Url, Value Parts)? TryRender(Service service, MapValue values, out string? problem)
    {
        problem = Needed.FirstOrDefault(name => !values.TryGet(name, out _)) is { } missing ? $"The param '{missing}' is missing." : null;
        if (problem is not null
            || _path.TryFill(values, out problem) is not { } path
            || service.TryAddress(path, out problem) is not { } url)
            return null;
        var evaluated = _parts.Template.Evaluate(new Bindings(MapValue.Of(Root, values)));
        if (!evaluated.Succeeded)
            problem = $"The template at '{evaluated.Pointer}' of the operation failed: {evaluated.Error}.";
        else if (_document.Body is { IsNull: false } && HasBody && Rest(values) is { Count: > 0 } unknown)
            problem = $"The operation does not use the param '{unknown.Entries[0].Key.AsString()}'.";
        return problem is null ? (url, evaluated.Value) : null;
    }

    private HttpConfig ConfigOf(Uri url, Value parts, MapValue rest) => new()
    {
        Method = _document.Method,
        Url = url.AbsoluteUri,
        Headers = Entries(parts["headers"]),
        Query = HasBody ? Entries(parts["query"]) : Entries(Merged(parts["query"], rest)),
        Body = HasBody && parts["body"].IsNull && rest.Count > 0 ? rest : parts["body"],
        SuccessCodes = _document.SuccessCodes,
        Response = _document.Response,
    };

    private MapValue Rest(MapValue values) => _usesAll
        ? MapValue.Empty
        : MapValue.Create(
            values.Entries
                .ToArray()
                .Where(entry => !_used.Contains(entry.Key.AsString()))
                .Select(entry => KeyValuePair.Create(entry.Key.AsString(), entry.Value)));

    // What the operation says goes before what the node adds.
    private static MapValue Merged(Value first, MapValue second)
    {
        var merged = new MapBuilder(second);
        foreach (var (name, value) in Entries(first))
            merged.Set(name, value);
        return merged.Build();
    }

    private static Dictionary<string, Value> Entries(Value map) => map.TryGetMap(out var entries)
        ? entries.Entries.ToArray().ToDictionary(entry => entry.Key.AsString(), entry => entry.Value, StringComparer.Ordinal)
        : [];

    private static Value MapOf(IReadOnlyDictionary<string, Value>? map) => map is null ? Value.Null : MapValue.Create(map);
}

using System.Buffers;
using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Makes the request that a config asks for, or says why it cannot be made.</summary>
internal static class HttpCallBuilder
{
    private const string KeyHeader = "Idempotency-Key";
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> HeaderCharacters =
        SearchValues.Create(['\t', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code)]);
    private static readonly ImmutableArray<string> OwnHeaders =
    [
        "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer",
    ];
    private static readonly string Agent = $"Millrace/{typeof(HttpCallBuilder).Assembly.GetName().Version?.ToString(2)}";

    /// <summary>Builds a request; null with a sentence where the config does not allow it.</summary>
    public static HttpCall? TryBuild(HttpRequest request, EffectContext context, out string? problem)
    {
        var config = request.Config;
        problem = MethodProblem(config.Method)
            ?? UrlProblem(config.Url)
            ?? (config.Auth is null ? null : HttpAuthentication.Problem(config.Auth));
        if (problem is not null)
            return null;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var credentials = request.CredentialHeaders;
        foreach (var (name, value) in config.Headers ?? ImmutableDictionary<string, Value>.Empty)
        {
            problem = HeaderProblem(name, Text.Of(value));
            if (problem is not null)
                return null;
            if (!value.IsNull)
                headers[name] = Text.Of(value);
        }
        var query = HttpBodies.Pairs(config.Query);
        if (HttpAuthentication.Add(config.Auth, headers, query) is { } header)
        {
            credentials = credentials.Add(header);
            problem = HeaderProblem(header, headers[header]);
        }
        headers.TryAdd(KeyHeader, context.IdempotencyKey);
        headers.TryAdd("User-Agent", Agent);
        headers.TryAdd("Accept", AcceptOf(config.Response));
        headers.Remove("Content-Type", out var contentType);
        var body = problem is null ? HttpBodies.Of(config.Body, contentType, context, out problem) : null;
        return problem is not null
            ? null
            : new HttpCall(HttpMethod.Parse(config.Method.ToUpperInvariant()), WithQuery(config.Url, query), [.. headers], body)
        {
            CredentialHeaders = credentials,
        };
    }

    /// <summary>The call for another page: a server that knows a key already would answer the first page again.</summary>
    public static HttpCall ForPage(HttpCall call, EffectContext context, int page) =>
        page > 1
            && call.Headers.Any(header =>
                string.Equals(header.Key, KeyHeader, StringComparison.OrdinalIgnoreCase)
                    && header.Value.StartsWith(context.IdempotencyKey, StringComparison.Ordinal))
            ? call.WithHeader(KeyHeader, $"{context.IdempotencyKey}:{page}")
            : call;

    /// <summary>What it means that the request of a config, templates and all, is sent twice.</summary>
    public static Repetition RepetitionOf(MapValue config)
    {
        var method = ((Value)config)["method"];
        if (method.IsNull || (method.TryGetString(out var name) && name.ToUpperInvariant() is "GET" or "HEAD" or "OPTIONS"))
            return Repetition.Harmless;
        return ((Value)config)["headers"].TryGetMap(out var headers) && HasNoKey(headers) ? Repetition.Unsafe : Repetition.Keyed;
    }

    // A header that the author set stands, also an empty one.
    private static bool HasNoKey(MapValue headers)
    {
        foreach (var header in headers.Entries)
        {
            if (header.Key.AsString().Equals(KeyHeader, StringComparison.OrdinalIgnoreCase))
                return header.Value.TryGetString(out var key) && key.Length == 0;
        }
        return false;
    }

    /// <summary>What is wrong with a method; null: nothing.</summary>
    public static string? MethodProblem(string method) =>
        method.Length == 0 || method.AsSpan().ContainsAnyExcept(TokenCharacters) ? $"'{method}' is not an HTTP method."
        : method.ToUpperInvariant() is "CONNECT" or "TRACE" ? $"The method {method.ToUpperInvariant()} is not supported."
        : null;

    /// <summary>What is wrong with an address; null: nothing.</summary>
    public static string? UrlProblem(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            return $"'{text}' is not an address such as https://example.com/path.";
        return url.UserInfo.Length > 0 ? "Put user and password into 'auth', not into the address: addresses are stored and shown." : null;
    }

    /// <summary>What is wrong with a header; null: nothing.</summary>
    public static string? HeaderProblem(string name, string value)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
            return $"'{name}' is not the name of a header.";
        if (OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            return $"The header '{name}' is set by the connection and cannot be changed.";
        if (value.AsSpan().ContainsAny('\r', '\n', '\0'))
            return $"The value of the header '{name}' contains a line break.";
        return value.AsSpan().ContainsAnyExcept(HeaderCharacters)
            ? $"The value of the header '{name}' contains characters that headers cannot have: use ASCII, and encode the rest as the "
                + "server expects."
            : null;
    }

    private static Uri WithQuery(string text, List<KeyValuePair<string, string>> parameters)
    {
        if (parameters.Count == 0 && !text.Contains('#', StringComparison.Ordinal))
            return new Uri(text);
        var url = new UriBuilder(text) { Fragment = "" };
        if (parameters.Count > 0)
            url.Query = $"{url.Query}{(url.Query.Length > 1 ? "&" : "")}{HttpBodies.Encode(parameters)}";
        return url.Uri;
    }

    private static string AcceptOf(HttpResponseKind kind) => kind switch
    {
        HttpResponseKind.Json => "application/json",
        HttpResponseKind.File => "*/*",
        _ => "application/json, */*;q=0.5",
    };
}

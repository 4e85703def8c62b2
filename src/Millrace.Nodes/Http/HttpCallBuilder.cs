using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Nodes.Http;

/// <summary>Makes the request that a config asks for, or says why it cannot be made.</summary>
internal static class HttpCallBuilder
{
    private const string KeyHeader = "Idempotency-Key";
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly ImmutableArray<string> OwnHeaders = ["Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer"];
    private static readonly string Agent = $"Millrace/{typeof(HttpCallBuilder).Assembly.GetName().Version?.ToString(2)}";

    /// <summary>Builds a request; null with a sentence where the config does not allow it.</summary>
    public static HttpCall? TryBuild(HttpConfig config, string idempotencyKey, out string? problem)
    {
        problem = MethodProblem(config.Method) ?? UrlProblem(config.Url) ?? (config.Auth is null ? null : AuthProblem(config.Auth));
        if (problem is not null)
            return null;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in config.Headers ?? ImmutableDictionary<string, Value>.Empty)
        {
            problem = HeaderProblem(name, Text.Of(value));
            if (problem is not null)
                return null;
            if (!value.IsNull)
                headers[name] = Text.Of(value);
        }
        var query = Pairs(config.Query);
        problem = Authenticate(config.Auth, headers, query);
        headers.TryAdd(KeyHeader, idempotencyKey);
        headers.TryAdd("User-Agent", Agent);
        headers.TryAdd("Accept", config.Response == HttpResponseKind.Json ? "application/json" : "application/json, */*;q=0.5");
        headers.Remove("Content-Type", out var contentType);
        var (body, ownType) = BodyOf(config.Body, contentType);
        return problem is not null ? null : new HttpCall(HttpMethod.Parse(config.Method.ToUpperInvariant()), WithQuery(config.Url, query), [.. headers], body, contentType ?? ownType)
        {
            CredentialHeader = config.Auth is { Type: HttpAuthType.Header } auth ? auth.Name : null,
        };
    }

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
        return url.UserInfo.Length > 0 ? "Put user and password into 'auth', not into the address: addresses are kept and shown." : null;
    }

    /// <summary>What is missing for the chosen way to authenticate; null: nothing.</summary>
    public static string? AuthProblem(HttpAuth auth) => auth.Type switch
    {
        HttpAuthType.Basic when auth.Username is null || auth.Password is null => "Basic authentication needs 'username' and 'password'.",
        HttpAuthType.Bearer when string.IsNullOrEmpty(auth.Token) => "Bearer authentication needs a 'token'.",
        HttpAuthType.Header or HttpAuthType.Query when string.IsNullOrEmpty(auth.Name) || auth.Value is null => "This way to authenticate needs a 'name' and a 'value'.",
        _ => null,
    };

    private static string? HeaderProblem(string name, string value)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(TokenCharacters))
            return $"'{name}' is not the name of a header.";
        if (OwnHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            return $"The header '{name}' belongs to the connection and cannot be set.";
        return value.AsSpan().ContainsAny('\r', '\n', '\0') ? $"The value of the header '{name}' has a line break in it." : null;
    }

    private static string? Authenticate(HttpAuth? auth, Dictionary<string, string> headers, List<KeyValuePair<string, string>> query)
    {
        switch (auth?.Type)
        {
            case HttpAuthType.Basic: headers["Authorization"] = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{auth.Username}:{auth.Password}")); break;
            case HttpAuthType.Bearer: headers["Authorization"] = "Bearer " + auth.Token; break;
            case HttpAuthType.Header: headers[auth.Name!] = auth.Value!; break;
            case HttpAuthType.Query: query.Add(new(auth.Name!, auth.Value!)); return null;
            default: return null;
        }
        var name = auth.Type == HttpAuthType.Header ? auth.Name! : "Authorization";
        return HeaderProblem(name, headers[name]);
    }

    private static List<KeyValuePair<string, string>> Pairs(IEnumerable<KeyValuePair<string, Value>>? parameters)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in parameters ?? [])
        {
            if (value.TryGetList(out var list))
                pairs.AddRange(((IEnumerable<Value>)list).Select(item => KeyValuePair.Create(name, Text.Of(item))));
            else if (!value.IsNull)
                pairs.Add(new(name, Text.Of(value)));
        }
        return pairs;
    }

    private static Uri WithQuery(string text, List<KeyValuePair<string, string>> parameters)
    {
        var url = new UriBuilder(text) { Fragment = "" };
        if (parameters.Count > 0)
            url.Query = $"{url.Query}{(url.Query.Length > 1 ? "&" : "")}{Encode(parameters)}";
        return url.Uri;
    }

    private static string Encode(IEnumerable<KeyValuePair<string, string>> parameters) =>
        string.Join('&', parameters.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));

    private static (byte[]? Body, string? ContentType) BodyOf(Value body, string? contentType)
    {
        if (body.IsNull)
            return (null, null);
        if (body.TryGetString(out var text))
            return (Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
        if (body.TryGetMap(out var map) && contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true)
            return (Encoding.UTF8.GetBytes(Encode(Pairs(map.Entries.ToArray().Select(entry => KeyValuePair.Create(entry.Key.AsString(), entry.Value))))), null);
        return (body.ToUtf8(), "application/json");
    }
}

using System.Collections.Immutable;
using System.Net;

namespace Millrace.Nodes.Http;

/// <summary>One request as it is to be sent; a redirect, or the next page, makes another one of it.</summary>
internal sealed record HttpCall(HttpMethod Method, Uri Url, ImmutableArray<KeyValuePair<string, string>> Headers, HttpBody? Body)
{
    private static readonly ImmutableArray<string> Credentials = ["Authorization", "Cookie", "Proxy-Authorization"];

    /// <summary>Headers that carry credentials besides the usual ones.</summary>
    public ImmutableArray<string> CredentialHeaders { get; init; } = [];

    /// <summary>
    /// Whether it goes where the author sent the first one, and no call before led elsewhere: only then does it have credentials.
    /// </summary>
    public bool IsHome { get; init; } = true;

    /// <summary>The request for people: without its query, which may hold secrets.</summary>
    public string Title => $"{Method} {Url.GetLeftPart(UriPartial.Path)}";

    /// <summary>The message; to be used once.</summary>
    /// <exception cref="FileMissingException">A file of its body is not there.</exception>
    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, Url) { Content = Body?.ToContent() };
        foreach (var (name, value) in Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
                message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        return message;
    }

    /// <summary>The call that a redirect asks for; null where it may not be followed.</summary>
    public HttpCall? Redirected(HttpStatusCode status, Uri location)
    {
        var keepsBody = status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
        var keepsMethod = keepsBody
            || Method == HttpMethod.Get
            || Method == HttpMethod.Head
            || (status is not HttpStatusCode.SeeOther && Method != HttpMethod.Post);
        return To(location) is { } call
            ? call with { Method = keepsMethod ? Method : HttpMethod.Get, Body = keepsMethod ? Body : null }
            : null;
    }

    /// <summary>
    /// The same call to where a response points, without credentials where that is another host, port or protocol; null where it may not be
    /// followed.
    /// </summary>
    public HttpCall? To(Uri location)
    {
        var target = location.IsAbsoluteUri ? location : new Uri(Url, location);
        if (target.Scheme is not ("http" or "https") || (Url.Scheme is "https" && target.Scheme is "http") || target.UserInfo.Length > 0)
            return null;
        var isSameOrigin = IsSameOrigin(Url, target);
        return this with
        {
            Url = target,
            IsHome = IsHome && isSameOrigin,
            Headers = isSameOrigin ? Headers : [.. Headers.Where(header => !IsCredential(header.Key))],
        };
    }

    /// <summary>Whether two addresses are of one protocol, host and port.</summary>
    public static bool IsSameOrigin(Uri left, Uri right) =>
        Uri.Compare(left, right, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>The same call with one query parameter set.</summary>
    public HttpCall WithQuery(string name, string value)
    {
        var encoded = Uri.EscapeDataString(name);
        var others = Url.Query
            .TrimStart('?')
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Where(pair => !string.Equals(Uri.UnescapeDataString(pair.Split('=')[0]), name, StringComparison.Ordinal));
        return this with
        {
            Url = new UriBuilder(Url) { Query = string.Join('&', others.Append($"{encoded}={Uri.EscapeDataString(value)}")) }.Uri,
        };
    }

    /// <summary>The same call with one header set that it has already.</summary>
    public HttpCall WithHeader(string name, string value) =>
        this with
        {
            Headers =
            [
                .. Headers.Select(
                    header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase) ? new(header.Key, value) : header),
            ],
        };

    private bool IsCredential(string name) =>
        Credentials.Contains(name, StringComparer.OrdinalIgnoreCase) || CredentialHeaders.Contains(name, StringComparer.OrdinalIgnoreCase);
}

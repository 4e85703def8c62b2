using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;

namespace Millrace.Nodes.Http;

/// <summary>One request as it is to be sent; a redirect makes another one of it.</summary>
internal sealed record HttpCall(HttpMethod Method, Uri Url, ImmutableArray<KeyValuePair<string, string>> Headers, byte[]? Body, string? ContentType)
{
    private static readonly ImmutableArray<string> Credentials = ["Authorization", "Cookie", "Proxy-Authorization"];

    /// <summary>A header that carries credentials besides the usual ones.</summary>
    public string? CredentialHeader { get; init; }

    /// <summary>The request for people: without its query, which may hold secrets.</summary>
    public string Title => $"{Method} {Url.GetLeftPart(UriPartial.Path)}";

    /// <summary>The message; to be used once.</summary>
    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, Url);
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            if (ContentType is not null)
                message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        }
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
        var target = location.IsAbsoluteUri ? location : new Uri(Url, location);
        if (target.Scheme is not ("http" or "https") || (Url.Scheme is "https" && target.Scheme is "http") || target.UserInfo.Length > 0)
            return null;
        var keepsBody = status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
        var keepsMethod = keepsBody || Method == HttpMethod.Get || Method == HttpMethod.Head || (status is not HttpStatusCode.SeeOther && Method != HttpMethod.Post);
        var isSameOrigin = Uri.Compare(Url, target, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;
        return this with
        {
            Url = target,
            Method = keepsMethod ? Method : HttpMethod.Get,
            Body = keepsMethod ? Body : null,
            Headers = isSameOrigin ? Headers : [.. Headers.Where(header => !IsCredential(header.Key))],
        };
    }

    private bool IsCredential(string name) =>
        Credentials.Contains(name, StringComparer.OrdinalIgnoreCase) || string.Equals(name, CredentialHeader, StringComparison.OrdinalIgnoreCase);
}

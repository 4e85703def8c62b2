using System.ComponentModel;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

internal sealed record HttpConfig
{
    private const int UsualResponseBytes = 10 * 1024 * 1024;

    [Description("The method, such as GET or POST.")]
    public string Method { get; init; } = "GET";

    [Description("The address, with http:// or https://. May be a template.")]
    public required string Url { get; init; }

    [SecretField]
    [Description("Headers to send. Values may be templates. An Idempotency-Key is sent unless one is set here.")]
    public IReadOnlyDictionary<string, Value>? Headers { get; init; }

    [Description("Query parameters, added to the address. A list repeats its parameter, null leaves it out.")]
    public IReadOnlyDictionary<string, Value>? Query { get; init; }

    [Description("The body: text as it is, anything else as JSON, or as a form where the Content-Type says so.")]
    public Value Body { get; init; }

    [SecretField]
    [Description("How to authenticate.")]
    public HttpAuth? Auth { get; init; }

    [Description("What to make of the response's body: by its Content-Type, JSON, text, or a file that is stored: {blob, name?, mediaType, size}.")]
    public HttpResponseKind Response { get; init; }

    [Description("Status codes that are a success: a code, a range such as \"200-299\", or a list of them.")]
    public Value SuccessCodes { get; init; } = "200-299";

    [Description("Whether redirects are followed, at most ten. Authorization is not sent to another host.")]
    public bool FollowRedirects { get; init; } = true;

    [Description("How many bytes the response's body may have, unpacked; at most 100 MiB.")]
    public int MaxResponseBytes { get; init; } = UsualResponseBytes;
}

internal sealed record HttpAuth
{
    [Description("The way.")]
    public required HttpAuthType Type { get; init; }

    [Description("The user, for basic.")]
    public string? Username { get; init; }

    [Description("The password, for basic.")]
    public string? Password { get; init; }

    [Description("The token, for bearer.")]
    public string? Token { get; init; }

    [Description("The name of the header or query parameter, for header and query.")]
    public string? Name { get; init; }

    [Description("Its value, for header and query.")]
    public string? Value { get; init; }
}

internal enum HttpAuthType
{
    None,
    Basic,
    Bearer,
    Header,
    Query,
}

internal enum HttpResponseKind
{
    Auto,
    Json,
    Text,
    File,
}

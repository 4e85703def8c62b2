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

    [Description(
        "The body: text is sent as text, a stored file {blob, ...} as its content, anything else as JSON; or a form, if the Content-Type "
        + "is application/x-www-form-urlencoded or multipart/form-data. In multipart forms, {base64, name?, mediaType?} and stored "
        + "files are files, a list repeats its field, and other objects are JSON parts. At most 100 MiB.")]
    public Value Body { get; init; }

    [SecretField]
    [Description("How to authenticate.")]
    public HttpAuth? Auth { get; init; }

    [Description(
        "How to read the response's body: by its Content-Type, as JSON, as text, or as a file that is stored: {blob, name?, mediaType, "
        + "size}.")]
    public HttpResponseKind Response { get; init; }

    [Description("Status codes that mean success: a code, a range such as \"200-299\", or a list of them.")]
    public Value SuccessCodes { get; init; } = Http.SuccessCodes.Usual;

    [Description(
        "Fetches all pages. The output's body is then the list of all items or, if pages have no items, of the bodies of the pages; "
        + "status and headers are those of the last page.")]
    public HttpPagination? Pagination { get; init; }

    [Description(
        "Whether to follow redirects, at most ten. Credentials, and headers that contain a secret, are not sent to another host, port or "
        + "protocol.")]
    public bool FollowRedirects { get; init; } = true;

    [Description("The maximum number of bytes in the response's body, uncompressed, all pages together; at most 100 MiB.")]
    public int MaxResponseBytes { get; init; } = UsualResponseBytes;
}

internal sealed record HttpAuth
{
    [Description(
        "The method. oauth2 uses client credentials to fetch a token, which is kept until shortly before it expires; awsSigV4 signs "
        + "requests for Amazon's services.")]
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

    [Description("The address of the token server, for oauth2.")]
    public string? TokenUrl { get; init; }

    [Description("The client's id, for oauth2.")]
    public string? ClientId { get; init; }

    [Description("The client's secret, for oauth2.")]
    public string? ClientSecret { get; init; }

    [Description("The requested scopes, for oauth2.")]
    public string? Scope { get; init; }

    [Description("The audience of the token, for oauth2, if the token server requires it.")]
    public string? Audience { get; init; }

    [Description("How the client authenticates, for oauth2: with a Basic header, or with fields of the form.")]
    public OAuthClientProof ClientProof { get; init; }

    [Description("The id of the key, for awsSigV4.")]
    public string? AccessKeyId { get; init; }

    [Description("The key, for awsSigV4.")]
    public string? SecretAccessKey { get; init; }

    [Description("The session token, for awsSigV4 with temporary keys.")]
    public string? SessionToken { get; init; }

    [Description("The region, such as eu-central-1, for awsSigV4.")]
    public string? Region { get; init; }

    [Description("The service, such as s3 or execute-api, for awsSigV4.")]
    public string? Service { get; init; }
}

internal enum HttpAuthType
{
    None,
    Basic,
    Bearer,
    Header,
    Query,
    Oauth2,
    AwsSigV4,
}

internal enum OAuthClientProof
{
    Basic,
    Body,
}

internal enum HttpResponseKind
{
    Auto,
    Json,
    Text,
    File,
}

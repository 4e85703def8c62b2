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

    [Description("The body: text as it is, a stored file {blob, ...} as its content, anything else as JSON; as a form where the Content-Type is application/x-www-form-urlencoded or multipart/form-data. In the latter, {base64, name?, mediaType?} and stored files are files, a list repeats its field, and other objects are parts of JSON. At most 100 MiB.")]
    public Value Body { get; init; }

    [SecretField]
    [Description("How to authenticate.")]
    public HttpAuth? Auth { get; init; }

    [Description("What to make of the response's body: by its Content-Type, JSON, text, or a file that is stored: {blob, name?, mediaType, size}.")]
    public HttpResponseKind Response { get; init; }

    [Description("Status codes that are a success: a code, a range such as \"200-299\", or a list of them.")]
    public Value SuccessCodes { get; init; } = Http.SuccessCodes.Usual;

    [Description("Asks for page after page. Then the output's body is the list of all items or, where pages have no items, of the pages' bodies; status and headers are the last page's.")]
    public HttpPagination? Pagination { get; init; }

    [Description("Whether redirects are followed, at most ten. Credentials, and headers with a secret in them, are not sent to another host, port or protocol.")]
    public bool FollowRedirects { get; init; } = true;

    [Description("How many bytes the response's body may have, unpacked, all pages together; at most 100 MiB.")]
    public int MaxResponseBytes { get; init; } = UsualResponseBytes;
}

internal sealed record HttpAuth
{
    [Description("The way. oauth2 is a token for the client's credentials, fetched and kept until shortly before it expires; awsSigV4 signs as Amazon's services ask.")]
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

    [Description("Where tokens are fetched, for oauth2.")]
    public string? TokenUrl { get; init; }

    [Description("The client, for oauth2.")]
    public string? ClientId { get; init; }

    [Description("Its secret, for oauth2.")]
    public string? ClientSecret { get; init; }

    [Description("What the token is to be good for, for oauth2.")]
    public string? Scope { get; init; }

    [Description("Whom the token is for, for oauth2, where the token server asks.")]
    public string? Audience { get; init; }

    [Description("How the client proves itself, for oauth2: by a Basic header, or by fields of the form.")]
    public OAuthClientProof ClientProof { get; init; }

    [Description("The id of the key, for awsSigV4.")]
    public string? AccessKeyId { get; init; }

    [Description("The key, for awsSigV4.")]
    public string? SecretAccessKey { get; init; }

    [Description("The token of a session, for awsSigV4 with temporary keys.")]
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

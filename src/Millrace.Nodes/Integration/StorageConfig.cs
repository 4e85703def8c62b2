using System.ComponentModel;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Integration;

internal sealed record StorageConfig
{
    [Description("Where: in files under the server's data directory, or in S3 and what speaks like it.")]
    public StorageType StorageType { get; init; }

    [Description("What to do.")]
    public StorageOperation Operation { get; init; }

    [Description("The bucket: lower-case letters, digits, '-', '_' and '.'.")]
    public required string Bucket { get; init; }

    [Description("The key, with '/' between its parts. Without it, one of this execution, node and iteration.")]
    public string? Key { get; init; }

    [Description("What to keep: text, {\"base64\": ...} for octets, a stored file {blob, ...} as its content, with its media type, or anything else as JSON. Without it, what arrived.")]
    public Value? Content { get; init; }

    [Description("For get: what to make of it. auto: JSON where the key says so and it is, else text where it is, else {base64}. file: a stored file {blob, name, mediaType, size}, which may be larger.")]
    public StorageContentKind As { get; init; }

    [Description("For S3: another endpoint than the server's own, such as https://minio.example.com. It needs credentials of its own.")]
    public string? Endpoint { get; init; }

    [Description("For S3: the region; without it the server's own, or us-east-1.")]
    public string? Region { get; init; }

    [SecretField]
    [Description("For S3: who asks; without it, what the server is configured with.")]
    public S3Credentials? Credentials { get; init; }

    [Description("For list: only keys that begin so.")]
    public string Prefix { get; init; } = "";

    [Description("For list: the most files to list.")]
    public int Limit { get; init; } = 1_000;

    /// <summary>What is wrong with an endpoint; null: nothing.</summary>
    public static string? EndpointProblem(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.UserInfo.Length == 0 && uri.PathAndQuery is "/"
            ? null
            : $"'{text}' is no endpoint such as https://minio.example.com.";
}

internal sealed record S3Credentials
{
    [Description("The access key's id.")]
    public required string AccessKeyId { get; init; }

    [Description("Its secret.")]
    public required string SecretAccessKey { get; init; }

    [Description("The token of a session, where the key is a temporary one.")]
    public string? SessionToken { get; init; }

    public Amazon.Runtime.AWSCredentials Read() => SessionToken is { Length: > 0 } token
        ? new Amazon.Runtime.SessionAWSCredentials(AccessKeyId, SecretAccessKey, token)
        : new Amazon.Runtime.BasicAWSCredentials(AccessKeyId, SecretAccessKey);
}

internal enum StorageContentKind
{
    Auto,
    Text,
    Json,
    File,
}

internal enum StorageType
{
    File,
    S3,
}

internal enum StorageOperation
{
    Put,
    Get,
    List,
    Delete,
}

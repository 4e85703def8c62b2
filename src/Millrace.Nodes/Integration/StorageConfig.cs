using System.ComponentModel;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Integration;

internal sealed record StorageConfig
{
    [Description("The kind of storage: files in the server's data directory, or S3 and compatible services.")]
    public StorageType StorageType { get; init; }

    [Description("The operation.")]
    public StorageOperation Operation { get; init; }

    [Description("The bucket: lower-case letters, digits, '-', '_' and '.'.")]
    public required string Bucket { get; init; }

    [Description("The key, with '/' between its parts. By default, a key made of the execution, node and iteration.")]
    public string? Key { get; init; }

    [Description(
        "The content to store: text, {\"base64\": ...} for bytes, a stored file {blob, ...} with its media type, or anything else as "
        + "JSON. By default, what arrived.")]
    public Value? Content { get; init; }

    [Description(
        "For get: how to return the content. auto: JSON if the key ends so and the content is JSON, otherwise text if it is text, "
        + "otherwise {base64}. file: a stored file {blob, name, mediaType, size}, which may be larger.")]
    public StorageContentKind As { get; init; }

    [Description("For S3: an endpoint other than the server's, such as https://minio.example.com. It needs its own credentials.")]
    public string? Endpoint { get; init; }

    [Description("For S3: the region; by default the server's, or us-east-1.")]
    public string? Region { get; init; }

    [SecretField]
    [Description("For S3: the credentials; by default the server's.")]
    public S3Credentials? Credentials { get; init; }

    [Description("For list: only keys with this prefix.")]
    public string Prefix { get; init; } = "";

    [Description("For list: the maximum number of files.")]
    public int Limit { get; init; } = 1_000;

    /// <summary>What is wrong with an endpoint; null: nothing.</summary>
    public static string? EndpointProblem(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0
            && uri.UserInfo.Length == 0
            && uri.PathAndQuery is "/"
            ? null
            : $"'{text}' is not an endpoint such as https://minio.example.com.";
}

internal sealed record S3Credentials
{
    [Description("The access key's id.")]
    public required string AccessKeyId { get; init; }

    [Description("The access key's secret.")]
    public required string SecretAccessKey { get; init; }

    [Description("The session token, for a temporary key.")]
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

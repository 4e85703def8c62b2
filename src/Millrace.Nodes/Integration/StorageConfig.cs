using System.ComponentModel;
using Millrace.Core.Values;

namespace Millrace.Nodes.Integration;

internal sealed record StorageConfig
{
    [Description("Where: in files under the server's data directory. 's3' is not supported yet.")]
    public StorageType StorageType { get; init; }

    [Description("What to do.")]
    public StorageOperation Operation { get; init; }

    [Description("The bucket: lower-case letters, digits, '-', '_' and '.'.")]
    public required string Bucket { get; init; }

    [Description("The key, with '/' between its parts. Without it, one of this execution, node and iteration.")]
    public string? Key { get; init; }

    [Description("What to keep: text, {\"base64\": ...} for octets, or anything else as JSON. Without it, what arrived.")]
    public Value? Content { get; init; }

    [Description("For list: only keys that begin so.")]
    public string Prefix { get; init; } = "";

    [Description("For list: the most files to list.")]
    public int Limit { get; init; } = 1_000;
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

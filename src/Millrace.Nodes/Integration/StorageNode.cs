using System.Globalization;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Integration;

/// <summary>
/// Keeps and finds files. put: {uri, bucket, key, etag, size}; get: the same and `content`; list: {items: [{uri, key, size, updatedAt}], count, isTruncated};
/// delete: {uri, bucket, key, deleted}. A key that is left out is the same for every attempt, so that a repetition replaces and never doubles.
/// </summary>
internal sealed class StorageNode(FileStorage storage) : EffectNodeType<StorageConfig>
{
    private const string NoS3 = "The storage type 's3' is not supported yet; use 'file', which keeps files under the server's data directory.";

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "storage",
        Title = "Storage",
        Summary = "Keeps, gets, lists and deletes files in buckets.",
        Category = "Integration",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
    };

    protected override void Check(NodeCompilation compilation)
    {
        if (compilation.Field("storageType").Equals("s3"))
            compilation.Error("/storageType", "unsupported", NoS3);
        Check(compilation, "bucket", StorageKeys.BucketProblem);
        Check(compilation, "key", StorageKeys.KeyProblem);
        Check(compilation, "prefix", StorageKeys.PrefixProblem);
        if (compilation.Field("operation").TryGetString(out var operation) && operation is "get" or "delete" && compilation.Field("key").IsNull)
            compilation.Error("", "missing_field", $"The operation '{operation}' needs a 'key'.");
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(StorageConfig config, EffectContext context, CancellationToken cancellation)
    {
        var content = config.Operation == StorageOperation.Put ? StoredContent.Of(config.Content ?? context.Data) : default;
        var key = config.Key ?? DefaultKey(context, content.Extension);
        var problem = config.StorageType == StorageType.S3 ? NoS3 : StorageKeys.BucketProblem(config.Bucket) ?? StorageKeys.KeyProblem(key) ?? StorageKeys.PrefixProblem(config.Prefix) ?? content.Problem;
        if (problem is not null)
            return NodeOutcome.Failed("storage", problem);
        try
        {
            return config.Operation switch
            {
                StorageOperation.Put => await PutAsync(config.Bucket, key, content.Bytes, context, cancellation),
                StorageOperation.Get => await GetAsync(config.Bucket, key, context, cancellation),
                StorageOperation.List => List(config, context),
                _ => NodeOutcome.Completed(Head(config.Bucket, key).Set("deleted", storage.Delete(context.Tenant, config.Bucket, key)).Build()),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NodeOutcome.Failed("storage", $"The operation '{config.Operation.ToString().ToLowerInvariant()}' on '{key}' of the bucket '{config.Bucket}' failed: {Reason(e)}.", retryable: true);
        }
    }

    private async Task<NodeOutcome> PutAsync(string bucket, string key, ReadOnlyMemory<byte> content, EffectContext context, CancellationToken cancellation)
    {
        var stored = await storage.WriteAsync(context.Tenant, bucket, key, content, cancellation);
        return NodeOutcome.Completed(Head(bucket, key).Set("etag", stored.Etag).Set("size", stored.Size).Build());
    }

    private async Task<NodeOutcome> GetAsync(string bucket, string key, EffectContext context, CancellationToken cancellation)
    {
        if (await storage.ReadAsync(context.Tenant, bucket, key, StoredContent.Limit, cancellation) is not { } bytes)
            return NodeOutcome.Failed("not_found", $"There is no '{key}' in the bucket '{bucket}'.");
        return NodeOutcome.Completed(Head(bucket, key).Set("etag", FileStorage.EtagOf(bytes)).Set("size", bytes.Length).Set("content", StoredContent.Read(key, bytes)).Build());
    }

    private NodeOutcome List(StorageConfig config, EffectContext context)
    {
        var files = storage.List(context.Tenant, config.Bucket, config.Prefix);
        var items = files.Take(Math.Clamp(config.Limit, 0, 10_000)).Select(file => (Value)MapValue.Of(
            ("uri", UriOf(config.Bucket, file.Key)),
            ("key", file.Key),
            ("size", file.Size),
            ("updatedAt", file.UpdatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)))).ToArray();
        return NodeOutcome.Completed(MapValue.Of(("items", ListValue.Own(items)), ("count", items.Length), ("isTruncated", items.Length < files.Count)));
    }

    // The system's own words are in the language of the machine, and name its folders.
    private static string Reason(Exception e) => e switch
    {
        UnauthorizedAccessException => "the server may not read or write that file",
        PathTooLongException => "the name is too long for the server's disk",
        FileNotFoundException or DirectoryNotFoundException => "the file or its folder went away meanwhile",
        _ => "the server's disk did not do it; it may be full, or somebody has the file open",
    };

    private static MapBuilder Head(string bucket, string key) => new MapBuilder().Set("uri", UriOf(bucket, key)).Set("bucket", bucket).Set("key", key);

    private static string UriOf(string bucket, string key) => $"storage://{bucket}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}";

    private static string DefaultKey(EffectContext context, string extension) =>
        $"{context.ExecutionId}/{Uri.EscapeDataString(context.NodeId).TrimEnd('.')}{(context.Iteration.Length == 0 ? "" : "/" + context.Iteration)}{extension}";

    private static void Check(NodeCompilation compilation, string field, Func<string, string?> problemOf)
    {
        var value = compilation.Field(field);
        if (value.TryGetString(out var text) && !Schema.IsTemplate(value) && problemOf(text) is { } problem)
            compilation.Error("/" + field, "invalid_value", problem);
    }
}

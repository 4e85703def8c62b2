using System.Globalization;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration;

/// <summary>
/// Keeps and finds files. put: {uri, bucket, key, etag, size}; get: the same and `content`; list: {items: [{uri, key, size, updatedAt}],
/// count, isTruncated}; delete: {uri, bucket, key, deleted}. A key that is left out is the same for every attempt, so that a repetition
/// replaces and never doubles.
/// </summary>
internal sealed class StorageNode(FileStorage files, S3Settings s3, OutgoingHttp http) : EffectNodeType<StorageConfig>
{
    private const int MaxListed = 10_000;

    protected override NodeTypeDescription Describe() => new()
    {
        Type = "storage",
        Title = "Storage",
        Summary = "Stores, reads, lists and deletes files in buckets.",
        Category = "Integration",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
    };

    protected override void Check(NodeCompilation compilation)
    {
        CheckS3(compilation);
        Check(compilation, "bucket", StorageKeys.BucketProblem);
        Check(compilation, "key", StorageKeys.KeyProblem);
        Check(compilation, "prefix", StorageKeys.PrefixProblem);
        if (compilation.Field("operation").TryGetString(out var operation)
            && operation is "get" or "delete"
            && compilation.Field("key").IsNull)
            compilation.Error("", "missing_field", $"The operation '{operation}' needs a 'key'.");
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(
        StorageConfig config, EffectContext context, CancellationToken cancellation)
    {
        var content = config.Operation == StorageOperation.Put ? StoredContent.Of(config.Content ?? context.Data) : null;
        var key = config.Key ?? DefaultKey(context, content?.Extension ?? "");
        if ((StorageKeys.BucketProblem(config.Bucket) ?? StorageKeys.KeyProblem(key) ?? StorageKeys.PrefixProblem(config.Prefix) ?? content?.Problem) is { } problem)
            return NodeOutcome.Failed("storage", problem);
        try
        {
            if (config.StorageType == StorageType.File)
                return await RunAsync(new LocalStorage(files, context.Tenant), config, key, content, context, cancellation);
            using var storage = new S3Storage(config, s3, http, context);
            return await RunAsync(storage, config, key, content, context, cancellation);
        }
        catch (StorageException e)
        {
            return e.ToOutcome();
        }
        catch (FileMissingException e)
        {
            return NodeOutcome.Failed("not_found", e.Message);
        }
    }

    private static async Task<NodeOutcome> RunAsync(
        Storage storage, StorageConfig config, string key, StoredContent? content, EffectContext context, CancellationToken cancellation)
    {
        var head = new MapBuilder().Set("uri", UriOf(storage, config.Bucket, key)).Set("bucket", config.Bucket).Set("key", key);
        switch (config.Operation)
        {
            case StorageOperation.Put:
                await using (var opened = content!.Open(context))
                {
                    var stored = await storage.WriteAsync(config.Bucket, key, opened, content.File is not null, cancellation);
                    return NodeOutcome.Completed(head.Set("etag", stored.Etag).Set("size", stored.Size).Build());
                }
            case StorageOperation.Get:
                return await storage.ReadAsync(config.Bucket, key, async found =>
                {
                    var (value, size) = await found.ReadAsync(key, config.As, context, cancellation);
                    return NodeOutcome.Completed(head.Set("etag", found.Etag).Set("size", size).Set("content", value).Build());
                }, cancellation) ?? NodeOutcome.Failed("not_found", $"There is no '{key}' in the bucket '{config.Bucket}'.");
            case StorageOperation.Delete:
                return NodeOutcome.Completed(head.Set("deleted", await storage.DeleteAsync(config.Bucket, key, cancellation)).Build());
            default:
                return await ListAsync(storage, config, cancellation);
        }
    }

    private static async Task<NodeOutcome> ListAsync(Storage storage, StorageConfig config, CancellationToken cancellation)
    {
        var (files, hasMore) = await storage.ListAsync(config.Bucket, config.Prefix, Math.Clamp(config.Limit, 0, MaxListed), cancellation);
        var items = files.Select(file => (Value)MapValue.Of(
            ("uri", UriOf(storage, config.Bucket, file.Key)),
            ("key", file.Key),
            ("size", file.Size),
            ("updatedAt", file.UpdatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)))).ToArray();
        return NodeOutcome.Completed(MapValue.Of(("items", ListValue.Own(items)), ("count", items.Length), ("isTruncated", hasMore)));
    }

    private void CheckS3(NodeCompilation compilation)
    {
        if (!compilation.Field("storageType").Equals("s3"))
            return;
        Check(compilation, "endpoint", StorageConfig.EndpointProblem);
        if (!compilation.Field("endpoint").IsNull && compilation.Field("credentials").IsNull)
            compilation.Error(
                "",
                "missing_field",
                "An 'endpoint' of the node's own needs 'credentials' as well: the server's are for the server's endpoint only.");
        if (compilation.Field("credentials").IsNull && s3.AccessKeyId is null)
            compilation.Warning(
                "/storageType",
                "not_configured",
                $"No S3 is configured on this server: set {S3Settings.AccessKeyIdName} and {S3Settings.SecretAccessKeyName}, or give the "
                    + "node its own 'credentials'.");
    }

    private static string UriOf(Storage storage, string bucket, string key) =>
        $"{storage.Scheme}://{bucket}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}";

    private static string DefaultKey(EffectContext context, string extension) =>
        $"{context.ExecutionId}/{Uri.EscapeDataString(context.NodeId).TrimEnd('.')}{(context.Iteration.Length == 0 ? "" : "/" + context.Iteration)}{extension}";

    private static void Check(NodeCompilation compilation, string field, Func<string, string?> problemOf)
    {
        var value = compilation.Field(field);
        if (value.TryGetString(out var text) && !Schema.IsTemplate(value) && problemOf(text) is { } problem)
            compilation.Error("/" + field, "invalid_value", problem);
    }
}

using Millrace.Core.Nodes;
using Millrace.Engine.Blobs;

namespace Millrace.Nodes.Integration;

/// <summary>
/// Where the files of one call lie. Expected failures are <see cref="StorageException"/>s, which say what is wrong and whether another
/// attempt may help.
/// </summary>
internal abstract class Storage
{
    /// <summary>What its addresses begin with, such as "s3".</summary>
    public abstract string Scheme { get; }

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The key.</param>
    /// <param name="content">The content to write.</param>
    /// <param name="isFile">Whether it is a file, whose media type is kept whatever its key says.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public abstract Task<StoredFile> WriteAsync(string bucket, string key, OpenedFile content, bool isFile, CancellationToken cancellation);

    /// <summary>Reads a file by what is done with it; null where there is none.</summary>
    public abstract Task<T?> ReadAsync<T>(
        string bucket, string key, Func<FoundContent, Task<T>> use, CancellationToken cancellation) where T : class;

    /// <summary>Deletes a file; false where there was none.</summary>
    public abstract Task<bool> DeleteAsync(string bucket, string key, CancellationToken cancellation);

    /// <summary>
    /// The first files of a bucket whose keys begin with a prefix, in the order of their keys, and whether there are more.
    /// </summary>
    public abstract Task<(IReadOnlyList<ListedFile> Files, bool HasMore)> ListAsync(
        string bucket, string prefix, int limit, CancellationToken cancellation);
}

/// <summary>What a storage could not do.</summary>
internal sealed class StorageException(string message, bool isRetryable, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>As a node's outcome.</summary>
    public NodeOutcome ToOutcome() => NodeOutcome.Failed("storage", Message, isRetryable);
}

/// <summary>Files under the server's data directory.</summary>
internal sealed class LocalStorage(FileStorage files, string tenant) : Storage
{
    public override string Scheme => "storage";

    public override Task<StoredFile> WriteAsync(
        string bucket, string key, OpenedFile content, bool isFile, CancellationToken cancellation) =>
        TellAsync("put", bucket, key, () => files.WriteAsync(tenant, bucket, key, content, isFile, cancellation));

    public override Task<T?> ReadAsync<T>(string bucket, string key, Func<FoundContent, Task<T>> use, CancellationToken cancellation) where T : class => TellAsync<T?>("get", bucket, key, async () =>
    {
        if (await files.OpenAsync(tenant, bucket, key, cancellation) is not { } found)
            return null;
        await using (found.Content)
            return await use(found);
    });

    public override Task<bool> DeleteAsync(string bucket, string key, CancellationToken cancellation) =>
        TellAsync("delete", bucket, key, () => Task.FromResult(files.Delete(tenant, bucket, key)));

    public override Task<(IReadOnlyList<ListedFile> Files, bool HasMore)> ListAsync(string bucket, string prefix, int limit, CancellationToken cancellation) => TellAsync("list", bucket, prefix, () =>
    {
        var all = files.List(tenant, bucket, prefix);
        return Task.FromResult<(IReadOnlyList<ListedFile>, bool)>(([.. all.Take(limit)], all.Count > limit));
    });

    private static async Task<T> TellAsync<T>(string operation, string bucket, string key, Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"The operation '{operation}' on '{key}' of the bucket '{bucket}' failed: {Reason(e)}.", isRetryable: true, e);
        }
    }

    // The system's own words are in the language of the machine, and name its folders.
    private static string Reason(Exception e) => e switch
    {
        UnauthorizedAccessException => "the server may not read or write that file",
        PathTooLongException => "the name is too long for the server's disk",
        FileNotFoundException or DirectoryNotFoundException => "the file or its folder was deleted meanwhile",
        _ => "the server's disk failed; it may be full, or the file may be open in another program",
    };
}

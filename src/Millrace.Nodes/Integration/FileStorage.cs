using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;

namespace Millrace.Nodes.Integration;

/// <summary>
/// Files that workflows keep, in buckets, each tenant's by themselves: ROOT/TENANT/BUCKET/KEY. A write is there as a whole or not at all;
/// nothing outside of a bucket is ever read or written, not even through a link.
/// </summary>
/// <param name="root">The directory; made where missing.</param>
public sealed class FileStorage(string root)
{
    // No bucket can have these names.
    private const string Unfinished = ".unfinished";
    private const string Types = ".types";
    private const int Piece = 64 * 1024;
    private const int MaxFiles = 100_000;

    private readonly string _root = Path.GetFullPath(root);

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <exception cref="IOException">The file cannot be written, or a link is in the way.</exception>
    internal async Task<StoredFile> WriteAsync(
        string tenant, string bucket, string key, OpenedFile content, bool isFile, CancellationToken cancellation)
    {
        var path = Locate(tenant, bucket, key);
        PrivateFiles.MakeDirectory(Path.GetDirectoryName(path)!);
        RefuseLinks(path);
        var unfinished = Begin(tenant);
        try
        {
            string etag;
            await using (var file = PrivateFiles.Open(
                unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous))
            {
                etag = await CopyAsync(content.Content, file, cancellation);
                file.Flush(flushToDisk: true);
            }
            // Before the content is there, so that it is never there without; until then it belongs to nothing.
            if (!isFile || string.Equals(content.Head.MediaType, MediaTypes.OfKey(key), StringComparison.Ordinal))
                DeleteMediaType(tenant, bucket, key);
            else
                await WriteMediaTypeAsync(tenant, bucket, key, etag, content.Head.MediaType, cancellation);
            File.Move(unfinished, path, overwrite: true);
            return new StoredFile(key, content.Size, etag);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Opens a file; null where there is none.</summary>
    /// <exception cref="IOException">It cannot be read, or a link is in the way.</exception>
    internal async Task<FoundContent?> OpenAsync(string tenant, string bucket, string key, CancellationToken cancellation)
    {
        var path = Locate(tenant, bucket, key);
        RefuseLinks(path);
        if (!File.Exists(path))
            return null;
        var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        try
        {
            var etag = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
            file.Position = 0;
            return new(file, etag, ReadMediaType(tenant, bucket, key, etag));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Deletes a file; false where there was none.</summary>
    /// <exception cref="IOException">It cannot be deleted, or a link is in the way.</exception>
    internal bool Delete(string tenant, string bucket, string key)
    {
        var path = Locate(tenant, bucket, key);
        RefuseLinks(path);
        if (!File.Exists(path))
            return false;
        File.Delete(path);
        DeleteMediaType(tenant, bucket, key);
        return true;
    }

    /// <summary>The files of a bucket whose keys begin with a prefix, in the order of their keys.</summary>
    /// <exception cref="IOException">The bucket cannot be read, or has too many files.</exception>
    internal IReadOnlyList<ListedFile> List(string tenant, string bucket, string prefix)
    {
        var directory = Path.Combine(TenantDirectory(tenant), bucket);
        RefuseLinks(directory);
        if (!Directory.Exists(directory))
            return [];
        var files = new List<ListedFile>();
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = false,
        };
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*", options))
        {
            var key = Path.GetRelativePath(directory, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (!key.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            if (files.Count == MaxFiles)
                throw new IOException($"The bucket '{bucket}' has more than {MaxFiles} files under '{prefix}'; give a longer prefix.");
            files.Add(new ListedFile(key, file.Length, file.LastWriteTimeUtc));
        }
        files.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
        return files;
    }

    private string Begin(string tenant) =>
        Path.Combine(PrivateFiles.MakeDirectory(Path.Combine(TenantDirectory(tenant), Unfinished)).FullName, Path.GetRandomFileName());

    private static async Task<string> CopyAsync(Stream content, FileStream file, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Piece];
        for (int count; (count = await content.ReadAsync(buffer, cancellation)) > 0;)
        {
            hash.AppendData(buffer, 0, count);
            await file.WriteAsync(buffer.AsMemory(0, count), cancellation);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // What a file is stands in a file of its own, with the hash of the content that it speaks of: beside other content it says nothing.
    private async Task WriteMediaTypeAsync(
        string tenant, string bucket, string key, string etag, string mediaType, CancellationToken cancellation)
    {
        var path = MediaTypeFile(tenant, bucket, key);
        PrivateFiles.MakeDirectory(Path.GetDirectoryName(path)!);
        RefuseLinks(path);
        var unfinished = Begin(tenant);
        try
        {
            await using (var file = PrivateFiles.Open(
                unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous))
                await file.WriteAsync(Encoding.UTF8.GetBytes($"{etag}\n{mediaType}"), cancellation);
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private string? ReadMediaType(string tenant, string bucket, string key, string etag)
    {
        var path = MediaTypeFile(tenant, bucket, key);
        RefuseLinks(path);
        return File.Exists(path)
            && File.ReadAllText(path).Split('\n', 2) is [var of, var mediaType]
            && string.Equals(of, etag, StringComparison.Ordinal)
            ? mediaType
            : null;
    }

    private void DeleteMediaType(string tenant, string bucket, string key)
    {
        var path = MediaTypeFile(tenant, bucket, key);
        RefuseLinks(path);
        if (File.Exists(path))
            File.Delete(path);
    }

    private string MediaTypeFile(string tenant, string bucket, string key) =>
        Path.Combine([TenantDirectory(tenant), Types, bucket, .. key.Split('/')]);

    private string Locate(string tenant, string bucket, string key)
    {
        if ((StorageKeys.BucketProblem(bucket) ?? StorageKeys.KeyProblem(key)) is { } problem)
            throw new ArgumentException(problem, nameof(key));
        return Path.Combine([TenantDirectory(tenant), bucket, .. key.Split('/')]);
    }

    // Tenants' names come from tokens and may be anything; this way no two share a directory, on file systems that ignore case either.
    private string TenantDirectory(string tenant)
    {
        var name = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(tenant))
        {
            if (char.IsAsciiLetterLower((char)b) || char.IsAsciiDigit((char)b) || b is (byte)'-' or (byte)'_')
                name.Append((char)b);
            else
                name.Append('%').Append(b.ToString("x2", CultureInfo.InvariantCulture));
        }
        return Path.Combine(_root, name.Length == 0 ? "%" : name.ToString());
    }

    private void RefuseLinks(string path)
    {
        for (var at = path; at.Length > _root.Length; at = Path.GetDirectoryName(at)!)
        {
            if (new FileInfo(at).LinkTarget is not null)
                throw new IOException($"'{at}' is a link; storage does not follow links.");
        }
    }
}

/// <summary>A file as it was written.</summary>
internal readonly record struct StoredFile(string Key, long Size, string Etag);

/// <summary>A file in a list.</summary>
internal readonly record struct ListedFile(string Key, long Size, DateTime UpdatedAt);

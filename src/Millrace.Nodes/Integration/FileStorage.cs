using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Nodes.Integration;

/// <summary>
/// Files that workflows keep, in buckets, each tenant's by themselves: ROOT/TENANT/BUCKET/KEY. A write is there as a whole or not at all;
/// nothing outside of a bucket is ever read or written, not even through a link.
/// </summary>
/// <param name="root">The directory; made where missing.</param>
public sealed class FileStorage(string root)
{
    // No bucket can have this name.
    private const string Unfinished = ".unfinished";
    private const int MostFiles = 100_000;

    private readonly string _root = Path.GetFullPath(root);

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <exception cref="IOException">The file cannot be written, or a link is in the way.</exception>
    internal async Task<StoredFile> WriteAsync(string tenant, string bucket, string key, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var path = Locate(tenant, bucket, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        RefuseLinks(path);
        var unfinished = Path.Combine(Directory.CreateDirectory(Path.Combine(TenantDirectory(tenant), Unfinished)).FullName, Path.GetRandomFileName());
        try
        {
            await using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true))
            {
                await file.WriteAsync(content, cancellation);
                file.Flush(flushToDisk: true);
            }
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
        return new StoredFile(key, content.Length, EtagOf(content.Span));
    }

    /// <summary>Reads a file; null where there is none.</summary>
    /// <exception cref="IOException">It cannot be read, is too large, or a link is in the way.</exception>
    internal async Task<byte[]?> ReadAsync(string tenant, string bucket, string key, int limit, CancellationToken cancellation)
    {
        var path = Locate(tenant, bucket, key);
        RefuseLinks(path);
        if (!File.Exists(path))
            return null;
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        if (file.Length > limit)
            throw new IOException($"'{key}' has {file.Length} bytes; at most {limit} are read.");
        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellation);
        return content;
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
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles("*", options))
        {
            var key = Path.GetRelativePath(directory, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (!key.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            if (files.Count == MostFiles)
                throw new IOException($"The bucket '{bucket}' has more than {MostFiles} files under '{prefix}'; give a longer prefix.");
            files.Add(new ListedFile(key, file.Length, file.LastWriteTimeUtc));
        }
        files.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
        return files;
    }

    /// <summary>What changes with the content.</summary>
    internal static string EtagOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

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

using System.Security.Cryptography;
using System.Text;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Blobs;

/// <summary>Blobs as files: DIRECTORY/ab/abcd..., named by their ids alone, with the time that each was last put.</summary>
/// <param name="directory">Where; made with the first blob.</param>
/// <param name="time">The clock.</param>
public sealed partial class FileBlobStore(string directory, TimeProvider time) : IBlobStore
{
    private const int IdLength = 2 * SHA256.HashSizeInBytes;
    private const int ShardLength = 2;
    private const string Unfinished = ".new";

    private readonly string _directory = Path.GetFullPath(directory);
    // A blob is never deleted while it is put: each has one of these, by its first digit.
    private readonly Lock[] _gates = [.. Enumerable.Range(0, 16).Select(_ => new Lock())];

    /// <inheritdoc/>
    public string Put(string tenant, ReadOnlySpan<byte> content)
    {
        var id = IdOf(tenant, content);
        var path = PathOf(id);
        lock (GateOf(id))
        {
            try
            {
                if (new FileInfo(path) is { Exists: true } file && file.Length == content.Length)
                    Sync(path);
                else
                    Write(path, content);
                File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Trouble("written", path, e);
            }
        }
        return id;
    }

    /// <inheritdoc/>
    public byte[]? Read(string tenant, string id)
    {
        if (!IsId(id) || id.Length != IdLength)
            return null;
        var path = PathOf(id);
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && Directory.Exists(_directory))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble("read", path, e);
        }
        return string.Equals(IdOf(tenant, content), id, StringComparison.Ordinal)
            ? content
            : throw new InvalidDataException($"Blob '{id}' is damaged. Restore the directory of blobs from a backup.");
    }

    /// <inheritdoc/>
    public IEnumerable<string> PutBefore(DateTimeOffset time)
    {
        for (var shard = 0; shard <= byte.MaxValue; shard++)
        {
            foreach (var id in PutBefore(time, new DirectoryInfo(Path.Combine(_directory, shard.ToString("x2")))))
                yield return id;
        }
    }

    /// <inheritdoc/>
    public bool Delete(string id, DateTimeOffset unlessPutSince)
    {
        if (!IsId(id))
            return false;
        var file = new FileInfo(PathOf(id));
        lock (GateOf(id))
        {
            try
            {
                if (!file.Exists || file.LastWriteTimeUtc >= unlessPutSince.UtcDateTime)
                    return false;
                file.Delete();
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Trouble("deleted", file.FullName, e);
            }
        }
    }

    // What a crash left unfinished goes with them.
    private static List<string> PutBefore(DateTimeOffset time, DirectoryInfo shard)
    {
        try
        {
            if (!shard.Exists)
                return [];
            List<string> ids = [];
            foreach (var file in shard.EnumerateFiles())
            {
                if (file.LastWriteTimeUtc >= time.UtcDateTime)
                    continue;
                if (IsId(file.Name))
                    ids.Add(file.Name);
                else if (string.Equals(file.Extension, Unfinished, StringComparison.Ordinal))
                    file.Delete();
            }
            return ids;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble("listed", shard.FullName, e);
        }
    }

    // Under another name first, so that a crash cannot leave half a blob. Synced again after it has its own: that is what makes the name
    // itself durable.
    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = path + Unfinished;
        using var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
        File.Move(unfinished, path, overwrite: true);
        file.Flush(flushToDisk: true);
    }

    // It is there, but maybe not for good: a crash or a failure may have come before its last sync.
    private static void Sync(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        file.Flush(flushToDisk: true);
    }

    // The tenant is hashed with its length, so that no two tenants can make the same id by where one ends and the content begins.
    private static string IdOf(string tenant, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{tenant.Length}:{tenant}:"));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsId(string id) => id.Length is IdLength or FileIdLength && id.All(char.IsAsciiHexDigitLower);

    private string PathOf(string id) => Path.Combine(_directory, id[..ShardLength], id);

    private Lock GateOf(string id) => _gates[Convert.ToInt32(id[..1], 16)];

    private static StoreException Trouble(string what, string path, Exception e) =>
        new($"'{path}' cannot be {what} ({e.Message}). Check the disk, and the permissions of that directory.", rolledBack: true, e);
}

using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Blobs;

// Files: the length of a head, the head as JSON, and the content. Their ids end with a mark of their tenant, so that whose a file is can be
// told without reading all of it.
public sealed partial class FileBlobStore
{
    private const int MaxHeadBytes = 8 * 1024;
    private const int PieceBytes = 64 * 1024;

    private long _filesBegun;

    /// <inheritdoc/>
    public async Task<(string Id, long Size)?> PutFileAsync(
        string tenant, FileHead head, Stream content, long limit, CancellationToken cancellation)
    {
        var unfinished = Begin();
        var headBytes = HeadBytes(head);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes($"file:{tenant.Length}:{tenant}:"));
            using var file = await OnDiskAsync(() => Create(unfinished));
            await OnDiskAsync(() => Append(file, hash, headBytes));
            var size = 0L;
            while (await content.ReadAsync(buffer, cancellation) is var count and > 0)
            {
                size += count;
                if (size > limit)
                    return null;
                await OnDiskAsync(() => Append(file, hash, buffer.AsSpan(0, count)));
            }
            var id = Convert.ToHexStringLower(hash.GetHashAndReset()) + BlobId.MarkOf(tenant);
            await OnDiskAsync(() => Finish(file, unfinished, id));
            return (id, size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await OnDiskAsync(() => Discard(unfinished));
        }
    }

    /// <inheritdoc/>
    public OpenedFile? OpenFile(string tenant, string id)
    {
        if (!BlobId.IsFileOf(tenant, id))
            return null;
        var path = PathOf(id);
        FileStream? file = null;
        try
        {
            file = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read | FileShare.Delete,
                PieceBytes,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
            var head = ReadHead(file, id);
            return new OpenedFile(head, file.Length - file.Position, file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && Directory.Exists(_directory))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw e is EndOfStreamException ? Damaged(id) : Trouble("read", path, e);
        }
        catch (InvalidDataException)
        {
            file?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> KeepFileAsync(string tenant, string id, CancellationToken cancellation = default)
    {
        if (!BlobId.IsFileOf(tenant, id))
            return new(false);
        cancellation.ThrowIfCancellationRequested();
        return new(OnDiskAsync(() => KeepFile(id)));
    }

    private bool KeepFile(string id)
    {
        var path = PathOf(id);
        lock (GateOf(id))
        {
            try
            {
                if (!File.Exists(path))
                    return false;
                File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Trouble("written", path, e);
            }
        }
    }

    // Among the finished ones, where a search finds what a crash leaves.
    private string Begin()
    {
        var number = Interlocked.Increment(ref _filesBegun);
        return Path.Combine(_directory, (number & byte.MaxValue).ToString("x2"), $"file-{number}{Unfinished}");
    }

    private static FileStream Create(string unfinished)
    {
        try
        {
            PrivateFiles.MakeDirectory(Path.GetDirectoryName(unfinished)!);
            return PrivateFiles.Open(unfinished, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble("written", unfinished, e);
        }
    }

    private static void Append(FileStream file, IncrementalHash hash, ReadOnlySpan<byte> piece)
    {
        hash.AppendData(piece);
        try
        {
            file.Write(piece);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble("written", file.Name, e);
        }
    }

    private void Finish(FileStream file, string unfinished, string id)
    {
        var path = PathOf(id);
        lock (GateOf(id))
        {
            try
            {
                file.Flush(flushToDisk: true);
                PrivateFiles.MakeDirectory(Path.GetDirectoryName(path)!);
                File.Move(unfinished, path, overwrite: true);
                file.Flush(flushToDisk: true);
                File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Trouble("written", path, e);
            }
        }
    }

    private static void Discard(string unfinished)
    {
        try
        {
            File.Delete(unfinished);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A search for lost blobs deletes it later.
        }
    }

    private static byte[] HeadBytes(FileHead head)
    {
        var json = ((Value)MapValue.Of(("mediaType", head.MediaType), ("name", head.Name is null ? Value.Null : head.Name))).ToUtf8();
        if (json.Length > MaxHeadBytes)
            throw new ArgumentException($"A file's name and media type are longer than {MaxHeadBytes} bytes.", nameof(head));
        var bytes = new byte[sizeof(int) + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, sizeof(int));
        return bytes;
    }

    private static FileHead ReadHead(FileStream file, string id)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        file.ReadExactly(length);
        if (BinaryPrimitives.ReadInt32LittleEndian(length) is < 0 or > MaxHeadBytes)
            throw Damaged(id);
        var json = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        file.ReadExactly(json);
        try
        {
            var head = ValueJson.Parse(json);
            return head["mediaType"].TryGetString(out var type)
                ? new FileHead(type, head["name"].TryGetString(out var name) ? name : null)
                : throw Damaged(id);
        }
        catch (JsonException)
        {
            throw Damaged(id);
        }
    }

    private static InvalidDataException Damaged(string id) => new($"Blob '{id}' is damaged. Restore the directory of blobs from a backup.");
}

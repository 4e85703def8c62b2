using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Blobs;

/// <summary>Blobs as files: DIRECTORY/ab/abcd..., named by their ids alone, with the time that each was last put.</summary>
/// <param name="directory">Where; made with the first blob.</param>
/// <param name="time">The clock.</param>
/// <param name="scheduler">Where disks are waited for; null: on the thread pool.</param>
public sealed partial class FileBlobStore(string directory, TimeProvider time, EngineScheduler? scheduler = null) : IBlobStore
{
    private const int ShardLength = 2;
    private const string Unfinished = ".new";

    private readonly string _directory = Path.GetFullPath(directory);
    private readonly EngineScheduler _scheduler = scheduler ?? ThreadPoolScheduler.Instance;
    // A blob is not deleted while it gets its name and its time: each has one of these, by its first digit. Nobody waits for a disk inside.
    private readonly Lock[] _gates = [.. Enumerable.Range(0, 16).Select(_ => new Lock())];
    private long _putsBegun;

    /// <inheritdoc/>
    public ValueTask PutAsync(string id, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(OnDiskAsync(() => Put(id, content.Span)));
    }

    private async Task<T> OnDiskAsync<T>(Func<T> work)
    {
        T result = default!;
        await OnDiskAsync(() => { result = work(); });
        return result;
    }

    // A sync blocks its thread, however the file was opened; any other look at a disk may do so for as long as that is busy.
    private Task OnDiskAsync(Action work)
    {
        var scheduled = new DiskWork(work);
        _scheduler.Schedule(scheduled);
        return scheduled.Done;
    }

    private void Put(string id, ReadOnlySpan<byte> content)
    {
        var path = PathOf(id);
        try
        {
            using var file = Reopen(id, path, content.Length) ?? Write(id, path, content);
            // That makes its name and its time durable. What somebody else has put may not have got that far.
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble("written", path, e);
        }
    }

    // Null: it is not there, or was cut off.
    private FileStream? Reopen(string id, string path, int length)
    {
        lock (GateOf(id))
        {
            if (new FileInfo(path) is not { Exists: true } known || known.Length != length)
                return null;
            var file = new FileStream(
                path, FileMode.Open, FileAccess.Write, FileShare.Read | FileShare.Write | FileShare.Delete, bufferSize: 0);
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            return file;
        }
    }

    // Under another name first, so that a crash cannot leave half a blob.
    private FileStream Write(string id, string path, ReadOnlySpan<byte> content)
    {
        PrivateFiles.MakeDirectory(Path.GetDirectoryName(path)!);
        var unfinished = $"{path}.{Interlocked.Increment(ref _putsBegun)}{Unfinished}";
        var file = PrivateFiles.Open(unfinished, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Write | FileShare.Delete);
        try
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
            lock (GateOf(id))
            {
                File.SetLastWriteTimeUtc(unfinished, time.GetUtcNow().UtcDateTime);
                File.Move(unfinished, path, overwrite: true);
            }
            return file;
        }
        catch
        {
            file.Dispose();
            Discard(unfinished);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> GetAsync(string tenant, string id, CancellationToken cancellation = default)
    {
        if (!BlobId.IsId(id) || id.Length != BlobId.Length)
            return null;
        var path = PathOf(id);
        byte[] content;
        try
        {
            content = await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && Directory.Exists(_directory))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble("read", path, e);
        }
        return string.Equals(BlobId.Of(tenant, content), id, StringComparison.Ordinal)
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
        if (!BlobId.IsId(id))
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
                if (BlobId.IsId(file.Name))
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

    private string PathOf(string id) => Path.Combine(_directory, id[..ShardLength], id);

    private Lock GateOf(string id) => _gates[Convert.ToInt32(id[..1], 16)];

    private static StoreException Trouble(string what, string path, Exception e) =>
        new($"'{path}' cannot be {what} ({e.Message}). Check the disk, and the permissions of that directory.", rolledBack: true, e);

    // Something to do that waits for a disk.
    private sealed class DiskWork(Action work) : IThreadPoolWorkItem
    {
        // Whoever waits goes on where it was done: it is the last that it does.
        private readonly TaskCompletionSource _done = new();

        public Task Done => _done.Task;

        public void Execute()
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                _done.SetException(e);
                return;
            }
            _done.SetResult();
        }
    }
}

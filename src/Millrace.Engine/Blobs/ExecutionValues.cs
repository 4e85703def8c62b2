using System.Collections.Immutable;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Blobs;

/// <summary>
/// One execution's values: what is large of them goes to the blob store, and the next commit has to say that the execution refers to it,
/// and to the files among them. Writing only notes what is to be stored; <see cref="StoreAsync"/> does it before that commit.
/// </summary>
/// <param name="blobs">Where large values go; null: they stay where they are.</param>
/// <param name="tenant">The tenant whose data to use.</param>
/// <param name="pending">Takes what is to be stored; null: an own one does.</param>
internal sealed class ExecutionValues(
    IBlobStore? blobs, string tenant, PendingBlobs? pending = null) : StoredValues(blobs?.LargestInline ?? LargestInline)
{
    private PendingBlobs? _pending = pending;
    private List<string>? _kept;
    private HashSet<string>? _files;
    private Dictionary<string, ReadOnlyMemory<byte>>? _loaded;

    /// <summary>Whether any blob was ever written here, or file written of.</summary>
    public bool HasKept { get; private set; }

    /// <summary>Whether something has to be stored before the next commit.</summary>
    public bool HasPending => _pending is { Any: true };

    /// <summary>What has to be stored before the next commit.</summary>
    public PendingBlobs Pending => _pending ??= new PendingBlobs();

    /// <summary>The blobs that were written, and the files that were written of, since the last call.</summary>
    public ImmutableArray<string> TakeKept()
    {
        if (_kept is not { Count: > 0 })
            return [];
        ImmutableArray<string> kept = [.. _kept];
        _kept.Clear();
        return kept;
    }

    /// <summary>How many bytes of large values were written so far.</summary>
    public long BytesKept { get; private set; }

    /// <summary>Stores what was written since the last call. Until then no commit may refer to it.</summary>
    /// <exception cref="StoreException">It cannot be written; this may be called again.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public ValueTask StoreAsync(CancellationToken cancellation = default) =>
        HasPending ? new(_pending!.StoreAsync(blobs!, tenant, cancellation)) : ValueTask.CompletedTask;

    /// <summary>Reads stored JSON, references followed.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is not JSON.</exception>
    /// <exception cref="InvalidDataException">A part of it is missing.</exception>
    /// <exception cref="StoreException">The blob store cannot be read.</exception>
    public ValueTask<Value> ReadAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellation = default) =>
        MayDiffer(stored.Span) ? ReadLoadedAsync(stored, cancellation) : new(Read(stored.Span));

    private async ValueTask<Value> ReadLoadedAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellation)
    {
        await LoadAsync(stored, cancellation);
        var value = Read(stored.Span);
        Unload();
        return value;
    }

    /// <summary>Stored JSON as the JSON of the value.</summary>
    /// <exception cref="InvalidDataException">A part of it is missing.</exception>
    public async ValueTask<JsonText> InFullAsync(JsonText stored, CancellationToken cancellation = default) =>
        MayDiffer(stored.Utf8.Span) ? new JsonText((await ReadAsync(stored.Utf8, cancellation)).ToUtf8()) : stored;

    /// <summary>The JSON of a large value.</summary>
    /// <exception cref="InvalidDataException">It is missing.</exception>
    public async ValueTask<JsonText> ReadJsonAsync(string id, CancellationToken cancellation = default) =>
        await InFullAsync(new JsonText(await GetAsync(id, cancellation)), cancellation);

    /// <summary>Has at hand what reading stored JSON will need, until <see cref="Unload"/>.</summary>
    /// <exception cref="InvalidDataException">A part of it is missing.</exception>
    /// <exception cref="StoreException">The blob store cannot be read.</exception>
    public ValueTask LoadAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellation = default) =>
        MayDiffer(stored.Span) ? LoadReferencesAsync(stored, cancellation) : ValueTask.CompletedTask;

    /// <summary>Lets go of what was at hand.</summary>
    public void Unload()
    {
        _loaded?.Clear();
        LetGo();
    }

    private async ValueTask LoadReferencesAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellation)
    {
        var ids = new List<string>();
        FindReferences(stored.Span, ids);
        // What was kept may refer to more itself.
        for (var i = 0; i < ids.Count; i++)
        {
            if (_loaded?.ContainsKey(ids[i]) == true)
                continue;
            var content = await GetAsync(ids[i], cancellation);
            (_loaded ??= new(StringComparer.Ordinal))[ids[i]] = content;
            FindReferences(content, ids);
        }
    }

    private async ValueTask<byte[]> GetAsync(string id, CancellationToken cancellation) =>
        (blobs is null ? null : await blobs.GetAsync(tenant, id, cancellation))
        ?? throw new InvalidDataException(
            $"A part of this execution's data is missing: blob '{id}'. Restore the directory of blobs from the backup of the database.");

    protected override string? Keep(ReadOnlySpan<byte> utf8)
    {
        if (blobs is null)
            return null;
        var id = BlobId.Of(tenant, utf8);
        Pending.AddValue(id, utf8);
        Add(id);
        BytesKept += utf8.Length;
        return id;
    }

    protected override void Refer(string blobId)
    {
        if (blobs is null || !BlobId.IsFileOf(tenant, blobId) || !(_files ??= new(StringComparer.Ordinal)).Add(blobId))
            return;
        Pending.AddFile(blobId);
        Add(blobId);
    }

    protected override ReadOnlyMemory<byte> Fetch(string id) => _loaded is { } loaded && loaded.TryGetValue(id, out var content)
        ? content
        : throw new InvalidOperationException($"Blob '{id}' is read and was not loaded before.");

    private void Add(string id)
    {
        (_kept ??= []).Add(id);
        HasKept = true;
    }
}

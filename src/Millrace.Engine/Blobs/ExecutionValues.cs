using System.Collections.Immutable;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Blobs;

/// <summary>One execution's values: what is large goes to the blob store, and the next commit has to say that the execution refers to it, and to the files among them.</summary>
/// <param name="blobs">Where large values go; null: they stay where they are.</param>
/// <param name="tenant">The tenant whose data to use.</param>
internal sealed class ExecutionValues(IBlobStore? blobs, string tenant) : StoredValues
{
    private readonly List<string> _kept = [];
    private HashSet<string>? _files;

    /// <summary>Whether any blob was ever written here, or file written of.</summary>
    public bool HasKept { get; private set; }

    /// <summary>The blobs that were written, and the files that were written of, since the last call.</summary>
    public ImmutableArray<string> TakeKept()
    {
        if (_kept.Count == 0)
            return [];
        ImmutableArray<string> kept = [.. _kept];
        _kept.Clear();
        return kept;
    }

    /// <summary>How many bytes of large values were written so far.</summary>
    public long BytesKept { get; private set; }

    /// <summary>Stored JSON as the JSON of the value.</summary>
    /// <exception cref="InvalidDataException">A part of it is missing.</exception>
    public JsonText InFull(JsonText stored) => MayDiffer(stored.Utf8.Span) ? new JsonText(Read(stored.Utf8.Span).ToUtf8()) : stored;

    /// <summary>The JSON of a large value.</summary>
    /// <exception cref="InvalidDataException">It is missing.</exception>
    public JsonText ReadJson(string id) => InFull(new JsonText(Fetch(id)));

    protected override string? Keep(ReadOnlySpan<byte> utf8)
    {
        if (blobs?.Put(tenant, utf8) is not { } id)
            return null;
        Add(id);
        BytesKept += utf8.Length;
        return id;
    }

    protected override void Refer(string blobId)
    {
        if (_files?.Contains(blobId) == true || blobs?.KeepFile(tenant, blobId) != true)
            return;
        (_files ??= new(StringComparer.Ordinal)).Add(blobId);
        Add(blobId);
    }

    private void Add(string id)
    {
        _kept.Add(id);
        HasKept = true;
    }

    protected override ReadOnlyMemory<byte> Fetch(string id) => blobs?.Read(tenant, id)
        ?? throw new InvalidDataException($"A part of this execution's data is missing: blob '{id}'. Restore the directory of blobs from the backup of the database.");
}

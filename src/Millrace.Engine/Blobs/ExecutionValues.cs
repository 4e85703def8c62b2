using System.Collections.Immutable;
using Millrace.Core.Values;

namespace Millrace.Engine.Blobs;

/// <summary>One execution's values: what is large goes to the blob store, and the next commit has to say that the execution refers to it.</summary>
/// <param name="blobs">Where large values go; null: they stay where they are.</param>
/// <param name="tenant">Whose.</param>
internal sealed class ExecutionValues(IBlobStore? blobs, string tenant) : StoredValues
{
    private ImmutableArray<string> _kept = [];

    /// <summary>The blobs that were written since the last call.</summary>
    public ImmutableArray<string> TakeKept()
    {
        var kept = _kept;
        _kept = [];
        return kept;
    }

    protected override string? Keep(ReadOnlySpan<byte> utf8)
    {
        if (blobs?.Put(tenant, utf8) is not { } id)
            return null;
        _kept = _kept.Add(id);
        return id;
    }

    protected override ReadOnlyMemory<byte> Fetch(string id) => blobs?.Read(tenant, id)
        ?? throw new InvalidDataException($"A part of this execution's data is missing: blob '{id}'. Restore the directory of blobs from the backup that the database came from.");
}

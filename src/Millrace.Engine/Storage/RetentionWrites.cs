using System.Collections.Immutable;

namespace Millrace.Engine.Storage;

/// <summary>
/// Deletes executions that have ended: from then on they are not there for anybody. Each is deleted or refused alone, in
/// <see cref="Results"/>. What is long about them goes piece by piece, in later <see cref="PurgeDeleted"/>s.
/// </summary>
public sealed class DeleteExecutions(string tenant, ImmutableArray<string> ids) : Write(tenant)
{
    /// <summary>Which.</summary>
    public ImmutableArray<string> Ids { get; } = ids;

    /// <summary>What became of each, in order: <see cref="WriteOutcome.Done"/>, <see cref="WriteOutcome.NotFound"/> or <see cref="WriteOutcome.NotEnded"/>; set by the store.</summary>
    public IReadOnlyList<WriteOutcome> Results { get; set; } = [];
}

/// <summary>
/// Lists what ended before any retention was set, a bounded number at a time, so that <see cref="IStore.ListExpiredAsync"/> finds it. A store may leave
/// that list empty, and every commit the cheaper, until <see cref="Begin"/>, or until a workflow is saved with a <see cref="SaveWorkflow.Retention"/>.
/// </summary>
public sealed class ListEnded(int limit, bool begin) : Write("")
{
    /// <summary>How many executions are looked at.</summary>
    public int Limit { get; } = limit;

    /// <summary>Whether what ends is to be listed from now on, because there is a default.</summary>
    public bool Begin { get; } = begin;

    /// <summary>Whether there is more to list; set by the store.</summary>
    public bool MayBeMore { get; set; }
}

/// <summary>Removes what is left of deleted executions, a bounded number of rows.</summary>
public sealed class PurgeDeleted(int rows) : Write("")
{
    /// <summary>How many rows at most, roughly.</summary>
    public int Rows { get; } = rows;

    /// <summary>Blobs to which nobody refers any more because of this; set by the store.</summary>
    public IReadOnlyList<string> FreedBlobs { get; set; } = [];

    /// <summary>Whether there is more to remove; set by the store.</summary>
    public bool MayBeMore { get; set; }
}

/// <summary>Forgets idempotency keys by the store's own clock, which is also the one that says when they were used.</summary>
public sealed class PruneIdempotencyKeys(TimeSpan keep, int limit) : Write("")
{
    /// <summary>How long ago they must have been used.</summary>
    public TimeSpan Keep { get; } = keep;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>How many were forgotten; set by the store.</summary>
    public int Forgotten { get; set; }
}

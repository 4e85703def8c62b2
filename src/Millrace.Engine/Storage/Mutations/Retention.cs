using System.Collections.Immutable;
using Millrace.Engine.Storage.Reads;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>
/// Deletes executions that have ended: from then on they are not there for anybody. Each is deleted or refused alone, in
/// <see cref="CommitResult.Deleted"/>. What is long about them goes piece by piece, in later <see cref="PurgeDeleted"/>s.
/// </summary>
public sealed class DeleteExecutions(string tenant, ImmutableArray<string> ids) : Mutation(tenant)
{
    /// <summary>The ids to delete.</summary>
    public ImmutableArray<string> Ids { get; } = ids;
}

/// <summary>
/// Lists what ended before any retention was set, a bounded number at a time, so that <see cref="IRetentionReads.ListExpiredAsync"/> finds it. A store may leave
/// that list empty, and every commit the cheaper, until <see cref="Begin"/>, or until a workflow is saved with a <see cref="SaveWorkflow.Retention"/>.
/// </summary>
public sealed class IndexEnded(int limit, bool begin) : Mutation("")
{
    /// <summary>How many executions are looked at.</summary>
    public int Limit { get; } = limit;

    /// <summary>Whether what ends is to be listed from now on, because there is a default.</summary>
    public bool Begin { get; } = begin;
}

/// <summary>Removes what is left of deleted executions, a bounded number of rows.</summary>
public sealed class PurgeDeleted(int rows) : Mutation("")
{
    /// <summary>How many rows at most, roughly.</summary>
    public int Rows { get; } = rows;
}

/// <summary>Forgets idempotency keys by the store's own clock, which is also the one that says when they were used.</summary>
public sealed class PruneIdempotencyKeys(TimeSpan keep, int limit) : Mutation("")
{
    /// <summary>How long ago they must have been used.</summary>
    public TimeSpan Keep { get; } = keep;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;
}

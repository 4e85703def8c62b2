using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Millrace.Core.Definitions;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Storage.Reads;

namespace Millrace.Engine.Retention;

/// <summary>
/// Deletes ended executions so that others hardly notice: a few at a time, and after each piece the writer is left alone for as long
/// as the piece took.
/// </summary>
public sealed class ExecutionDeletion(IRetentionReads store, Committer committer, IBlobStore? blobs, TimeProvider time, RetentionOptions options, ILogger<ExecutionDeletion> logger)
{
    /// <summary>How many executions are deleted in one commit.</summary>
    public const int Piece = 32;

    private const int RowsPerPiece = 256;
    private const int BlobsPerQuestion = 256;

    /// <summary>Deletes some executions of a tenant; what became of each, in order.</summary>
    /// <exception cref="StoreException">Those that are not deleted yet are not deleted.</exception>
    public async Task<IReadOnlyList<WriteOutcome>> DeleteAsync(string tenant, IReadOnlyList<string> ids, CancellationToken cancellation = default)
    {
        var results = new List<WriteOutcome>(ids.Count);
        foreach (var piece in ids.Chunk(Piece))
        {
            var deleted = await CommitAsync<CommitResult.Deleted>(new DeleteExecutions(tenant, [.. piece]), cancellation);
            results.AddRange(deleted.Outcomes);
        }
        return results;
    }

    /// <summary>Removes what is left of deleted executions, and the blobs that only they referred to.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task PurgeAsync(CancellationToken cancellation = default)
    {
        CommitResult.Purged purged;
        do
        {
            purged = await CommitAsync<CommitResult.Purged>(new PurgeDeleted(RowsPerPiece), cancellation);
            // Whoever has just written one again has not committed yet: it is found later, as a lost one.
            DeleteBlobs(purged.FreedBlobs);
        }
        while (purged.HasMore);
    }

    /// <summary>Indexes what ended before any retention was set, where one is set now.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task IndexEndedAsync(CancellationToken cancellation = default)
    {
        var index = new IndexEnded(RowsPerPiece, begin: options.Defaults != RetentionPolicy.Unsaid);
        while ((await CommitAsync<CommitResult.Indexed>(index, cancellation)).HasMore)
        {
        }
    }

    /// <summary>Forgets old idempotency keys.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public Task PruneKeysAsync(CancellationToken cancellation = default) =>
        PruneAsync(() => new PruneIdempotencyKeys(options.IdempotencyKeys, RowsPerPiece), cancellation);

    /// <summary>Removes cached results that are no longer good.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public Task PruneCacheAsync(CancellationToken cancellation = default) => PruneAsync(() => new PruneCache(time.GetUtcNow(), RowsPerPiece), cancellation);

    /// <summary>Removes events that were kept long enough.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public Task PruneEventsAsync(CancellationToken cancellation = default) =>
        PruneAsync(() => new PruneEvents(time.GetUtcNow() - options.Events, RowsPerPiece), cancellation);

    /// <summary>Gives back what was reserved for calls that nobody settled, and removes the accounts of old periods.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public Task PruneBudgetsAsync(CancellationToken cancellation = default) =>
        PruneAsync(() => new PruneBudgets(time.GetUtcNow(), time.GetUtcNow() - options.BudgetPeriods, RowsPerPiece), cancellation);

    /// <summary>Deletes blobs to which nobody refers, and which were not written just now.</summary>
    /// <exception cref="StoreException">The blobs or the store cannot be read.</exception>
    public async Task DeleteLostBlobsAsync(CancellationToken cancellation = default)
    {
        foreach (var ids in (blobs?.PutBefore(Settled()) ?? []).Chunk(BlobsPerQuestion))
        {
            var lost = await store.ListUnreferredAsync(ids, cancellation);
            DeleteBlobs(lost);
            if (lost.Count > 0)
                logger.LogInformation("Deleted up to {Count} unreferenced blobs", lost.Count);
        }
    }

    private void DeleteBlobs(IReadOnlyList<string> ids)
    {
        var settled = Settled();
        foreach (var id in ids)
            blobs?.Delete(id, settled);
    }

    private DateTimeOffset Settled() => time.GetUtcNow() - options.BlobGrace;

    private async Task PruneAsync(Func<Mutation> prune, CancellationToken cancellation)
    {
        while ((await CommitAsync<CommitResult.Pruned>(prune(), cancellation)).Count == RowsPerPiece)
        {
        }
    }

    private async Task<T> CommitAsync<T>(Mutation mutation, CancellationToken cancellation)
        where T : CommitResult
    {
        cancellation.ThrowIfCancellationRequested();
        var begun = time.GetTimestamp();
        var result = (T)await committer.CommitAsync(mutation);
        var taken = time.GetElapsedTime(begun);
        if (taken > TimeSpan.Zero)
            await Task.Delay(taken, time, cancellation);
        return result;
    }
}

using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Millrace.Core.Definitions;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Retention;

/// <summary>
/// Deletes ended executions so that others hardly notice: a few at a time, and after each piece the writer is left alone for as long
/// as the piece took.
/// </summary>
public sealed class ExecutionDeletion(IStore store, Committer committer, IBlobStore? blobs, TimeProvider time, RetentionOptions options, ILogger<ExecutionDeletion> logger)
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
            var delete = new DeleteExecutions(tenant, [.. piece]);
            await WriteAsync(delete, cancellation);
            results.AddRange(delete.Results);
        }
        return results;
    }

    /// <summary>Removes what is left of deleted executions, and the blobs that only they referred to.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task PurgeAsync(CancellationToken cancellation = default)
    {
        PurgeDeleted purge;
        do
        {
            purge = new PurgeDeleted(RowsPerPiece);
            await WriteAsync(purge, cancellation);
            // Whoever has just written one again has not committed yet: it is found later, as a lost one.
            DeleteBlobs(purge.FreedBlobs);
        }
        while (purge.MayBeMore);
    }

    /// <summary>Lists what ended before any retention was set, where one is set now.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task ListEndedAsync(CancellationToken cancellation = default)
    {
        ListEnded list;
        do
        {
            list = new ListEnded(RowsPerPiece, begin: options.Defaults != RetentionPolicy.Unsaid);
            await WriteAsync(list, cancellation);
        }
        while (list.MayBeMore);
    }

    /// <summary>Forgets old idempotency keys.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task PruneKeysAsync(CancellationToken cancellation = default)
    {
        PruneIdempotencyKeys prune;
        do
        {
            prune = new PruneIdempotencyKeys(options.IdempotencyKeys, RowsPerPiece);
            await WriteAsync(prune, cancellation);
        }
        while (prune.Forgotten == RowsPerPiece);
    }

    /// <summary>Removes cached results that are no longer good.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task PruneCacheAsync(CancellationToken cancellation = default)
    {
        PruneCache prune;
        do
        {
            prune = new PruneCache(time.GetUtcNow(), RowsPerPiece);
            await WriteAsync(prune, cancellation);
        }
        while (prune.Removed == RowsPerPiece);
    }

    /// <summary>Removes events that were kept long enough.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task PruneEventsAsync(CancellationToken cancellation = default)
    {
        PruneEvents prune;
        do
        {
            prune = new PruneEvents(time.GetUtcNow() - options.Events, RowsPerPiece);
            await WriteAsync(prune, cancellation);
        }
        while (prune.Removed == RowsPerPiece);
    }

    /// <summary>Deletes blobs to which nobody refers, and which were not written just now.</summary>
    /// <exception cref="StoreException">The blobs or the store cannot be read.</exception>
    public async Task DeleteLostBlobsAsync(CancellationToken cancellation = default)
    {
        foreach (var ids in (blobs?.PutBefore(Settled()) ?? []).Chunk(BlobsPerQuestion))
        {
            var lost = await store.ListUnreferredAsync(ids, cancellation);
            DeleteBlobs(lost);
            if (lost.Count > 0)
                logger.LogInformation("Deleted up to {Count} blobs that nothing refers to", lost.Count);
        }
    }

    private void DeleteBlobs(IReadOnlyList<string> ids)
    {
        var settled = Settled();
        foreach (var id in ids)
            blobs?.Delete(id, settled);
    }

    private DateTimeOffset Settled() => time.GetUtcNow() - options.BlobGrace;

    private async Task WriteAsync(Write write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var begun = time.GetTimestamp();
        await committer.WriteAsync(write);
        var taken = time.GetElapsedTime(begun);
        if (taken > TimeSpan.Zero)
            await Task.Delay(taken, time, cancellation);
    }
}

using Microsoft.Extensions.Logging;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Retention;

/// <summary>
/// Sweeps now and then: deletes executions that were kept long enough, what they leave, old idempotency keys, cached results that are no
/// longer good, old events, old periods of budgets, and lost blobs.
/// </summary>
public sealed class RetentionSweeper(IStore store, ExecutionDeletion deletion, TimeProvider time, RetentionOptions options, ILogger<RetentionSweeper> logger) : IAsyncDisposable
{
    private const int Listed = 4_096;

    private BackgroundLoop? _sweeps;
    private DateTimeOffset _nextBlobSearch;

    /// <summary>Sweeps from now on.</summary>
    public void Start()
    {
        _nextBlobSearch = time.GetUtcNow() + options.Interval;
        _sweeps = new BackgroundLoop("A sweep", SweepAsync, options.Interval, time, logger);
    }

    /// <summary>Sweeps once. How many executions were deleted.</summary>
    /// <exception cref="StoreException">The rest is left for the next time.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellation = default)
    {
        var deleted = 0;
        await deletion.IndexEndedAsync(cancellation);
        while (await DeleteExpiredAsync(cancellation) is var some and > 0)
            deleted += some;
        await deletion.PurgeAsync(cancellation);
        await deletion.PruneKeysAsync(cancellation);
        await deletion.PruneCacheAsync(cancellation);
        await deletion.PruneEventsAsync(cancellation);
        await deletion.PruneBudgetsAsync(cancellation);
        if (time.GetUtcNow() >= _nextBlobSearch)
        {
            await deletion.DeleteLostBlobsAsync(cancellation);
            _nextBlobSearch = time.GetUtcNow() + options.BlobSearchInterval;
        }
        if (deleted > 0)
            logger.LogInformation("Deleted {Count} expired executions", deleted);
        return deleted;
    }

    /// <summary>Stops after the piece at hand; the rest is found again at the next start.</summary>
    public ValueTask DisposeAsync() => _sweeps?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<int> DeleteExpiredAsync(CancellationToken cancellation)
    {
        var deleted = 0;
        var expired = await store.ListExpiredAsync(options.Defaults, time.GetUtcNow(), Listed, cancellation);
        foreach (var ofTenant in expired.GroupBy(key => key.Tenant, key => key.Id, StringComparer.Ordinal))
            deleted += (await deletion.DeleteAsync(ofTenant.Key, [.. ofTenant], cancellation)).Count(result => result == WriteOutcome.Done);
        if (deleted > 0)
            await deletion.PurgeAsync(cancellation);
        return deleted;
    }
}

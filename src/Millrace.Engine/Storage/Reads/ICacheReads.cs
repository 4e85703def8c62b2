namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads cached results.</summary>
public interface ICacheReads
{
    /// <summary>A result in a cache that is still good; null: there is none.</summary>
    ValueTask<CachedValue?> ReadCachedAsync(string tenant, string scope, string key, DateTimeOffset now, CancellationToken cancellation = default);
}

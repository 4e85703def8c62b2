namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads how limits stand.</summary>
public interface ILimitReads
{
    /// <summary>
    /// The limits of concurrency that executions of a tenant hold slots of or wait for: the tenant's own first, then by workflow and key. The
    /// cursor is a <see cref="LimitScope"/> as text.
    /// </summary>
    ValueTask<IReadOnlyList<LimitUse>> ListLimitsAsync(string tenant, Page page, CancellationToken cancellation = default);
}

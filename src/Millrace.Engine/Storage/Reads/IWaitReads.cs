namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads waits that the outside ends.</summary>
public interface IWaitReads
{
    /// <summary>A wait for the outside; null where the tenant has none by this id.</summary>
    ValueTask<WaitRecord?> ReadWaitAsync(string tenant, string id, CancellationToken cancellation = default);

    /// <summary>Waits for the outside, newest id first.</summary>
    ValueTask<IReadOnlyList<WaitRecord>> ListWaitsAsync(string tenant, WaitFilter filter, Page page, CancellationToken cancellation = default);
}

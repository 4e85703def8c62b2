namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads published events.</summary>
public interface IEventReads
{
    /// <summary>Published events, the latest first; the cursor is a position.</summary>
    ValueTask<IReadOnlyList<PublishedEvent>> ListEventsAsync(string tenant, EventFilter filter, Page page, CancellationToken cancellation = default);
}

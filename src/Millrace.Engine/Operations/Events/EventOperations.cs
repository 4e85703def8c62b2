using System.Globalization;
using Millrace.Engine.Events;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Events;

/// <summary>CloudEvents that are published: by `emit` nodes, and by callers.</summary>
public sealed class EventOperations(EventPublisher publisher, IStore store, Draining draining)
{
    /// <summary>A page of published events, the latest first.</summary>
    public async ValueTask<Outcome<Listed<PublishedEvent>>> ListAsync(
        Caller caller, EventFilter filter, Page page, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.ViewExecutions) is { } forbidden)
            return forbidden;
        return await Listing.ReadAsync(
            page,
            part => store.ListEventsAsync(caller.Tenant, filter, part, cancellation),
            one => one.Position.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Whether a caller may publish now: asked before the events are read.</summary>
    public Refusal? RefusePublishing(Caller caller) => caller.Refuse(Permission.RunWorkflows) ?? draining.Refuse();

    /// <summary>Publishes all events or none.</summary>
    /// <returns>How many were known already, by their source and id.</returns>
    public async ValueTask<Outcome<int>> PublishAsync(Caller caller, IReadOnlyList<CloudEvent> events)
    {
        if (RefusePublishing(caller) is { } refusal)
            return refusal;
        return await publisher.PublishAsync(caller.Tenant, events);
    }
}

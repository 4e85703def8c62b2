using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Events;

/// <summary>Publishes events durably. The same event, by source and id, is published once, however often somebody tries.</summary>
public sealed class EventPublisher(Committer committer, TimeProvider time)
{
    /// <summary>Publishes events of a tenant, all or none; how many of them were known already.</summary>
    /// <exception cref="StoreException">Nothing was written, or it is unknown.</exception>
    public async Task<int> PublishAsync(string tenant, IReadOnlyList<CloudEvent> events)
    {
        var now = time.GetUtcNow();
        var publish = new PublishEvents(tenant, [.. events.Select(one => new PublishedEvent
        {
            Tenant = tenant,
            Source = one.Source,
            Id = one.Id,
            Type = one.Type,
            Subject = one.Subject,
            ReceivedAt = now,
            Event = new JsonText(((Value)one.ToValue()).ToUtf8()),
        })]);
        return ((CommitResult.Published)await committer.CommitAsync(publish)).Known;
    }
}

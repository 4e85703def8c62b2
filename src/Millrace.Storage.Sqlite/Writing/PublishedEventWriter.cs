using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Keeps published events, each once.</summary>
internal sealed class PublishedEventWriter(Connection connection)
{
    private readonly Statement _insert = connection.Prepare("""
        insert into published_events (tenant, source, id, type, subject, received_at, event) values (?, ?, ?, ?, ?, ?, ?)
        on conflict (tenant, source, id) do nothing
        """);

    private readonly Statement _prune = connection.Prepare(
        "delete from published_events where position in (select position from published_events where received_at < ? limit ?)");

    public WriteOutcome Apply(PublishEvents publish)
    {
        publish.Known = 0;
        foreach (var one in publish.Events)
            publish.Known += 1 - _insert.Bind(publish.Tenant).Bind(one.Source).Bind(one.Id).Bind(one.Type).Bind(one.Subject).Bind(one.ReceivedAt).Bind(one.Event).Run();
        publish.ResourceId = publish.Events.Length > 0 ? publish.Events[0].Id : "";
        return WriteOutcome.Done;
    }

    public WriteOutcome Apply(PruneEvents prune)
    {
        prune.Removed = _prune.Bind(prune.Before).Bind(prune.Limit).Run();
        return WriteOutcome.Done;
    }
}

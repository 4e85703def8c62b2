using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
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

    public CommitResult Apply(PublishEvents publish)
    {
        var known = 0;
        foreach (var one in publish.Events)
            known += 1 - _insert.Bind(publish.Tenant).Bind(one.Source).Bind(one.Id).Bind(one.Type).Bind(one.Subject).Bind(one.ReceivedAt).Bind(one.Event).Run();
        return new CommitResult.Published(known);
    }

    public CommitResult Apply(PruneEvents prune) => new CommitResult.Pruned(_prune.Bind(prune.Before).Bind(prune.Limit).Run());
}

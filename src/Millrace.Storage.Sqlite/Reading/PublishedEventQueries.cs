using System.Globalization;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads published events.</summary>
internal static class PublishedEventQueries
{
    private const string Select = "select tenant, position, source, id, type, subject, received_at, event from published_events where tenant = ?";

    public static List<PublishedEvent> List(Connection connection, string tenant, EventFilter filter, Page page)
    {
        var query = new Query(Select, tenant);
        if (filter.Type is { } type && type.EndsWith(".*", StringComparison.Ordinal))
            query.With(" and type > ?", type[..^1]).With(" and type < ?", type[..^2] + "/");
        else if (filter.Type is not null)
            query.With(" and type = ?", filter.Type);
        if (filter.Source is { } source)
            query.With(" and source = ?", source);
        if (filter.Subject is { } subject)
            query.With(" and subject = ?", subject);
        if (page.After is { } after)
            query.With(" and position < ?", long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : 0);
        return query.Page(page, "position").Read(connection, Read);
    }

    private static PublishedEvent Read(Statement row) => new()
    {
        Tenant = row.Text(0),
        Position = row.Long(1),
        Source = row.Text(2),
        Id = row.Text(3),
        Type = row.Text(4),
        Subject = row.TextOrNull(5),
        ReceivedAt = row.Time(6),
        Event = row.Json(7),
    };
}

namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Events that workflows and others publish.</summary>
internal static class Migration009_PublishedEvents
{
    public const string Sql = """
        create table published_events (
          position     integer primary key autoincrement,
          tenant       text not null,
          source       text not null,
          id           text not null,
          type         text not null,
          subject      text,
          received_at  integer not null,
          event        text not null,
          unique (tenant, source, id)
        );
        create index published_events_by_tenant on published_events (tenant, position);
        create index published_events_by_type on published_events (tenant, type, position);
        create index published_events_by_age on published_events (received_at);
        """;
}

namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Node types that workers have registered, and their tasks.</summary>
internal static class Migration011_Workers
{
    public const string Sql = """
        create table worker_types (
          tenant         text not null,
          key            text not null,
          definition     text not null,
          worker         text not null,
          registered_at  integer not null,
          primary key (tenant, key)
        ) without rowid;

        -- Ids begin with their execution's. A lease of 0 is none.
        create table tasks (
          number           integer primary key,
          tenant           text not null,
          id               text not null,
          execution_id     text not null,
          workflow_id      text not null,
          version          integer not null,
          node_id          text not null,
          iteration        text not null,
          attempt          integer not null,
          type             text not null,
          priority         integer not null,
          config           text,
          data             text,
          idempotency_key  text not null,
          queued_at        integer not null,
          due_at           integer,
          status           text not null,
          lease_until      integer not null,
          lease_token      text,
          leased_by        text,
          progress         text
        );
        create unique index tasks_by_id on tasks (tenant, id);
        create index tasks_open on tasks (tenant, type, lease_until, priority desc, number) where status = 'open';
        """;
}

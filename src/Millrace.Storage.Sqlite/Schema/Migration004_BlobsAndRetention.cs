namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Large values, snapshots, and how long what has ended is kept.</summary>
internal static class Migration004_BlobsAndRetention
{
    public const string Sql = """
        create table blob_references (
          execution_id text not null,
          blob_id      text not null,
          primary key (execution_id, blob_id)
        ) without rowid;
        create index blob_references_by_blob on blob_references (blob_id);

        create table snapshots (
          execution_id text primary key,
          seq          integer not null,
          state        text not null
        );

        -- Milliseconds; null: for ever. Where there is no row, the server's default counts.
        create table retention (
          tenant       text not null,
          workflow_id  text not null,
          status       text not null,
          keep         integer,
          primary key (tenant, workflow_id, status)
        ) without rowid;

        -- Executions by when they ended, for finding those that were kept long enough. Empty until somebody sets a retention.
        create table ended (
          tenant       text not null,
          workflow_id  text not null,
          status       text not null,
          completed_at integer not null,
          execution_id text not null,
          primary key (tenant, workflow_id, status, completed_at, execution_id)
        ) without rowid;

        -- Executions that are gone for everybody, but not all of their rows yet.
        create table deletions (
          execution_id text primary key
        ) without rowid;

        create index idempotency_by_time on idempotency (created_at);
        """;
}

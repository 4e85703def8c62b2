namespace Millrace.Storage.Sqlite.Schema;

/// <summary>The first schema. Times are milliseconds since 1970, JSON is text; the views render both for people.</summary>
internal static class Migration001_Initial
{
    public const string Sql = """
        create table meta (
          name  text primary key,
          value
        ) without rowid;
        insert into meta values ('epoch', 0);

        create table workflows (
          tenant        text not null,
          id            text not null,
          name          text not null,
          description   text,
          tags          text not null,
          owner         text,
          is_active     integer not null,
          is_draft      integer not null,
          version       integer not null,
          created_at    integer not null,
          updated_at    integer not null,
          deleted_at    integer,
          primary key (tenant, id)
        ) without rowid;

        create table workflow_versions (
          tenant        text not null,
          workflow_id   text not null,
          version       integer not null,
          document      text not null,
          format        text not null,
          is_draft      integer not null,
          created_at    integer not null,
          created_by    text,
          primary key (tenant, workflow_id, version)
        );

        create table workflow_stats (
          tenant         text not null,
          workflow_id    text not null,
          total          integer not null,
          completed      integer not null,
          failed         integer not null,
          cancelled      integer not null,
          total_duration integer not null,
          last_executed  integer,
          primary key (tenant, workflow_id)
        ) without rowid;

        -- Rewritten at every step, so it is narrow: what may be large is in execution_data.
        create table executions (
          id              text primary key,
          tenant          text not null,
          workflow_id     text not null,
          version         integer not null,
          status          text not null,
          seq             integer not null,
          owner           integer not null,
          wake_at         integer,
          priority        integer not null,
          current_step    text,
          total_nodes     integer not null,
          completed_nodes integer not null,
          trigger         text not null,
          correlation_id  text,
          parent_id       text,
          created_at      integer not null,
          started_at      integer,
          completed_at    integer
        ) without rowid;
        -- Those that somebody owns, and those that want to be claimed; all others cost opening and claiming nothing.
        create index executions_live on executions (owner, priority, wake_at) where owner > 0 or wake_at is not null;
        create index executions_by_tenant on executions (tenant, id);
        create index executions_by_workflow on executions (tenant, workflow_id, id);
        -- Most executions are completed ones, which any list finds at once; only the others need an index.
        create index executions_by_status on executions (tenant, status, id) where status <> 'completed';
        create index executions_by_correlation on executions (tenant, correlation_id, id) where correlation_id is not null;

        create table execution_data (
          execution_id text primary key,
          input        text,
          request      text,
          variables    text,
          result       text,
          error        text,
          cost         text
        ) without rowid;

        -- In the order of commits: appends fill the same few pages, whichever executions they are from, and readers follow from a position.
        create table journal (
          position     integer primary key,
          execution_id text not null,
          first_seq    integer not null,
          last_seq     integer not null,
          events       text not null
        );
        create unique index journal_by_execution on journal (execution_id, first_seq);

        -- autoincrement: a number is never used again, so that no reader removes a message that it has not read.
        create table inbox (
          id           integer primary key autoincrement,
          execution_id text not null,
          kind         text not null,
          payload      text not null,
          received_at  integer not null
        );
        create index inbox_by_execution on inbox (execution_id, id);

        create table idempotency (
          tenant      text not null,
          scope       text not null,
          key         text not null,
          resource_id text not null,
          created_at  integer not null default (cast((julianday('now') - 2440587.5) * 86400000 as integer)),
          primary key (tenant, scope, key)
        ) without rowid;

        create view journal_events as
          select j.execution_id,
                 json_extract(e.value, '$.seq') as seq,
                 json_extract(e.value, '$.type') as type,
                 json_extract(e.value, '$.nodeId') as node_id,
                 json_extract(e.value, '$.iteration') as iteration,
                 json_extract(e.value, '$.time') as time,
                 json_extract(e.value, '$.data') as data
            from journal j, json_each(j.events) e;

        create view workflow_executions as
          select e.id,
                 e.workflow_id as workflowId,
                 e.status,
                 e.current_step as currentNodeId,
                 e.total_nodes as totalNodes,
                 e.completed_nodes as completedNodes,
                 case when e.status = 'completed' then 100
                      when e.total_nodes = 0 then 0
                      else min(99, e.completed_nodes * 100 / e.total_nodes) end as percentage,
                 strftime('%Y-%m-%dT%H:%M:%fZ', e.created_at / 1000.0, 'unixepoch') as createdAt,
                 strftime('%Y-%m-%dT%H:%M:%fZ', e.started_at / 1000.0, 'unixepoch') as startedAt,
                 strftime('%Y-%m-%dT%H:%M:%fZ', e.completed_at / 1000.0, 'unixepoch') as completedAt,
                 json_extract(d.error, '$.message') as error,
                 d.result,
                 d.input,
                 e.tenant as organizationId
            from executions e left join execution_data d on d.execution_id = e.id;

        create view execution_logs as
          select execution_id as executionId,
                 node_id as nodeId,
                 json_extract(data, '$.nodeType') as nodeType,
                 substr(type, length('node_') + 1) as status,
                 json_extract(data, '$.duration') as duration,
                 time as timestamp
            from journal_events
           where type in ('node_completed', 'node_failed', 'node_skipped');
        """;
}

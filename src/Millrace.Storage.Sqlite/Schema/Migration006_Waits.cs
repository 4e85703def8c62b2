namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Waits that the outside ends. Ids begin with their execution's, so that those of one execution lie together.</summary>
internal static class Migration006_Waits
{
    public const string Sql = """
        create table waits (
          tenant        text not null,
          id            text not null,
          execution_id  text not null,
          workflow_id   text not null,
          node_id       text not null,
          iteration     text not null,
          kind          text not null,
          title         text,
          message       text,
          assignees     text not null,
          form          text,
          created_at    integer not null,
          due_at        integer,
          status        text not null,
          decision      text,
          comment       text,
          data          text,
          answered_by   text,
          answered_at   integer,
          primary key (tenant, id)
        ) without rowid;
        create index waits_open on waits (tenant, id) where status = 'open';
        """;
}

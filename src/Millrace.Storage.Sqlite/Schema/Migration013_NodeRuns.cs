namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Node runs of long executions, for lists of them.</summary>
internal static class Migration013_NodeRuns
{
    public const string Sql = """
        -- One for each run of a node, without its values: the columns that end in _seq say in which event of the journal those are, 0 where
        -- there are none. Either all runs of an execution are here or none. Times are those of the events.
        create table node_runs (
          execution_id  text not null,
          number        integer not null,
          node_id       text not null,
          type          text not null,
          iteration     text not null,
          status        text not null,
          attempt       integer not null,
          port          text,
          effect        text,
          started_at    integer,
          completed_at  integer,
          due_at        integer,
          first_seq     integer not null,
          last_seq      integer not null,
          input_seq     integer not null,
          output_seq    integer not null,
          error_seq     integer not null,
          wait_seq      integer not null,
          failure_seqs  text,
          primary key (execution_id, number)
        ) without rowid;
        """;
}

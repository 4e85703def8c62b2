namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Signals that wait inside executions, and the way from an execution to its children.</summary>
internal static class Migration005_SignalsAndChildren
{
    public const string Sql = """
        alter table execution_data add column signals integer not null default 0;
        create index executions_by_parent on executions (tenant, parent_id, id) where parent_id is not null;
        """;
}

namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Integrations: named services with their addresses, credentials by reference, and limits.</summary>
internal static class Migration010_Integrations
{
    public const string Sql = """
        create table integrations (
          tenant      text not null,
          name        text not null,
          document    text not null,
          version     integer not null,
          created_at  integer not null,
          updated_at  integer not null,
          updated_by  text,
          primary key (tenant, name)
        );
        """;
}

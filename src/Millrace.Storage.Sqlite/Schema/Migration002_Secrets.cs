namespace Millrace.Storage.Sqlite.Schema;

/// <summary>Secrets, encrypted under a key that is not in this file.</summary>
internal static class Migration002_Secrets
{
    public const string Sql = """
        create table secrets (
          tenant      text not null,
          name        text not null,
          key_id      text not null,
          encrypted   text not null,
          updated_at  integer not null,
          updated_by  text,
          primary key (tenant, name)
        ) without rowid;
        """;
}

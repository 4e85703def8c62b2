namespace Millrace.Storage.Sqlite.Schema;

/// <summary>The hosts that a secret may be sent to, separated by blanks; empty: any.</summary>
internal static class Migration007_SecretHosts
{
    public const string Sql = """
        alter table secrets add column hosts text not null default '';
        """;
}

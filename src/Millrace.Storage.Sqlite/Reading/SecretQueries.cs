using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads secrets, encrypted as they are.</summary>
internal static class SecretQueries
{
    private const string Select = "select tenant, name, key_id, encrypted, updated_at, updated_by, hosts from secrets where tenant = ? order by name";

    public static List<StoredSecret> List(Connection connection, string tenant)
    {
        var statement = connection.Prepare(Select).Bind(tenant);
        List<StoredSecret> secrets = [];
        while (statement.Step())
            secrets.Add(new StoredSecret(statement.Text(0), statement.Text(1), statement.Text(2), statement.Text(3), statement.Time(4), statement.TextOrNull(5), statement.Text(6)));
        return secrets;
    }
}

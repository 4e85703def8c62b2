using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads integrations.</summary>
internal static class IntegrationQueries
{
    private const string Select = "select tenant, name, document, version, created_at, updated_at, updated_by from integrations where tenant = ?";

    public static StoredIntegration? Find(Connection connection, string tenant, string name)
    {
        var statement = connection.Prepare(Select + " and name = ?").Bind(tenant).Bind(name);
        var found = statement.Step() ? Read(statement) : null;
        statement.Reset();
        return found;
    }

    public static List<StoredIntegration> List(Connection connection, string tenant)
    {
        var statement = connection.Prepare(Select + " order by name").Bind(tenant);
        List<StoredIntegration> integrations = [];
        while (statement.Step())
            integrations.Add(Read(statement));
        return integrations;
    }

    private static StoredIntegration Read(Statement statement) =>
        new(statement.Text(0), statement.Text(1), statement.Json(2), statement.Int(3), statement.Time(4), statement.Time(5), statement.TextOrNull(6));
}

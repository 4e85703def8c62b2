using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Saves and deletes integrations.</summary>
internal sealed class IntegrationWriter(Connection connection)
{
    private readonly Statement _find = connection.Prepare("select version from integrations where tenant = ? and name = ?");

    private readonly Statement _count = connection.Prepare("select count(*) from integrations where tenant = ?");

    private readonly Statement _save = connection.Prepare("""
        insert into integrations (tenant, name, document, version, created_at, updated_at, updated_by) values (?1, ?2, ?3, ?4, ?5, ?5, ?6)
        on conflict (tenant, name) do update
          set document = excluded.document, version = excluded.version, updated_at = excluded.updated_at, updated_by = excluded.updated_by
        """);

    private readonly Statement _delete = connection.Prepare("delete from integrations where tenant = ? and name = ?");

    public CommitResult Apply(SaveIntegration save)
    {
        var integration = save.Integration;
        var version = VersionOf(integration.Tenant, integration.Name);
        if (version == 0 && save.ExpectedVersion > 0)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (save.ExpectedVersion is { } expected && expected != version)
            return CommitResult.Refused(WriteOutcome.Conflict);
        if (version == 0 && Number(_count.Bind(integration.Tenant)) >= save.Most)
            return CommitResult.Refused(WriteOutcome.Full);
        _save.Bind(integration.Tenant).Bind(integration.Name).Bind(integration.Document).Bind(version + 1).Bind(integration.UpdatedAt).Bind(integration.UpdatedBy).Run();
        return new CommitResult.Saved(version + 1, Created: version == 0);
    }

    public CommitResult Apply(DeleteIntegration delete)
    {
        var version = VersionOf(delete.Tenant, delete.Name);
        if (version == 0)
            return CommitResult.Refused(WriteOutcome.NotFound);
        if (delete.ExpectedVersion is { } expected && expected != version)
            return CommitResult.Refused(WriteOutcome.Conflict);
        _delete.Bind(delete.Tenant).Bind(delete.Name).Run();
        return CommitResult.Done;
    }

    // 0: there is none.
    private int VersionOf(string tenant, string name) => (int)Number(_find.Bind(tenant).Bind(name));

    private static long Number(Statement statement)
    {
        var number = statement.Step() ? statement.Long(0) : 0;
        statement.Reset();
        return number;
    }
}

using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Registers the node types of workers.</summary>
internal sealed class WorkerTypeWriter(Connection connection)
{
    private readonly Statement _put = connection.Prepare("""
        insert into worker_types (tenant, key, definition, worker, registered_at) values (?, ?, ?, ?, ?)
        on conflict (tenant, key) do update set definition = excluded.definition, worker = excluded.worker, registered_at = excluded.registered_at
        """);

    public CommitResult Apply(PutWorkerTypes put)
    {
        foreach (var type in put.Types)
            _put.Bind(put.Tenant).Bind(type.Key).Bind(type.Definition).Bind(type.Worker).Bind(type.RegisteredAt).Run();
        return CommitResult.Done;
    }
}

using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Stores and deletes secrets, which come encrypted.</summary>
internal sealed class SecretWriter(Connection connection)
{
    private readonly Statement _put = connection.Prepare("""
        insert into secrets (tenant, name, key_id, encrypted, updated_at, updated_by, hosts) values (?, ?, ?, ?, ?, ?, ?)
        on conflict (tenant, name) do update
          set key_id = excluded.key_id, encrypted = excluded.encrypted, updated_at = excluded.updated_at, updated_by = excluded.updated_by,
              hosts = case when ? then secrets.hosts else excluded.hosts end
        """);

    private readonly Statement _delete = connection.Prepare("delete from secrets where tenant = ? and name = ?");

    public CommitResult Apply(PutSecret put)
    {
        var secret = put.Secret;
        _put.Bind(secret.Tenant).Bind(secret.Name).Bind(secret.KeyId).Bind(secret.Encrypted).Bind(secret.UpdatedAt).Bind(secret.UpdatedBy).Bind(secret.Hosts).Bind(put.KeepsHosts).Run();
        return CommitResult.Done;
    }

    public CommitResult Apply(DeleteSecret delete)
    {
        return _delete.Bind(delete.Tenant).Bind(delete.Name).Run() == 1 ? CommitResult.Done : CommitResult.Refused(WriteOutcome.NotFound);
    }
}

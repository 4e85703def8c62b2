using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Which keys callers used, and for what.</summary>
internal sealed class IdempotencyKeys(Connection connection)
{
    private readonly Statement _find = connection.Prepare(
        "select resource_id from idempotency where tenant = ? and scope = ? and key = ?");

    private readonly Statement _insert = connection.Prepare(
        "insert into idempotency (tenant, scope, key, resource_id) values (?, ?, ?, ?)");

    private readonly Statement _prune = connection.Prepare("""
        delete from idempotency where (tenant, scope, key) in
          (select tenant, scope, key from idempotency where created_at <= cast((julianday('now') - 2440587.5) * 86400000 as integer) - ? limit ?)
        """);

    /// <summary>What was made under a key; null: nothing yet.</summary>
    public string? Find(string tenant, IdempotencyKey key)
    {
        _find.Bind(tenant).Bind(key.Scope).Bind(key.Key);
        var resourceId = _find.Step() ? _find.Text(0) : null;
        _find.Reset();
        return resourceId;
    }

    public void Remember(string tenant, IdempotencyKey key, string resourceId) =>
        _insert.Bind(tenant).Bind(key.Scope).Bind(key.Key).Bind(resourceId).Run();

    public CommitResult Apply(PruneIdempotencyKeys prune) => new CommitResult.Pruned(_prune.Bind((long)prune.Keep.TotalMilliseconds).Bind(prune.Limit).Run());
}

using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Reading;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Keeps results in caches, and says who computes one.</summary>
internal sealed class CacheWriter(Connection connection)
{
    private readonly Statement _find = connection.Prepare(CacheQueries.Select);

    private readonly Statement _put = connection.Prepare(
        "insert or replace into cached_results (tenant, scope, key, value, created_at, expires_at) values (?, ?, ?, ?, ?, ?)");

    private readonly Statement _computed = connection.Prepare("delete from computations where tenant = ? and scope = ? and key = ?");

    private readonly Statement _takenByOther = connection.Prepare("""
        select 1 from computations c join executions e on e.id = c.execution_id
         where c.tenant = ? and c.scope = ? and c.key = ? and c.holder <> ? and e.status not in ('completed', 'failed', 'cancelled')
        """);

    private readonly Statement _take = connection.Prepare(
        "insert or replace into computations (tenant, scope, key, execution_id, holder) values (?, ?, ?, ?, ?)");

    private readonly Statement _giveUp = connection.Prepare("delete from computations where tenant = ? and holder = ?");

    private readonly Statement _prune = connection.Prepare(
        "delete from cached_results where rowid in (select rowid from cached_results where expires_at <= ? limit ?)");

    private readonly Statement _isUnderWay = connection.Prepare("select 1 from executions where id = ? and tenant = ? and status not in ('completed', 'failed', 'cancelled')");

    public CommitResult Apply(PutCached put)
    {
        var cached = put.Cached;
        _put.Bind(put.Tenant).Bind(cached.Scope).Bind(cached.Key).Bind(cached.Value).Bind(cached.CreatedAt).Bind(cached.ExpiresAt).Run();
        _computed.Bind(put.Tenant).Bind(cached.Scope).Bind(cached.Key).Run();
        return CommitResult.Done;
    }

    public CommitResult Apply(TakeComputation take)
    {
        if (CacheQueries.Find(_find, take.Tenant, take.Scope, take.Key, take.Now) is { } found)
            return new CommitResult.Found(found);
        // An effect that was told to end may look after its execution's end; nobody would give up what it took.
        if (!IsAny(_isUnderWay.Bind(take.ExecutionId).Bind(take.Tenant)))
            return CommitResult.Refused(WriteOutcome.Terminal);
        if (IsAny(_takenByOther.Bind(take.Tenant).Bind(take.Scope).Bind(take.Key).Bind(take.Holder)))
            return CommitResult.Refused(WriteOutcome.Conflict);
        _take.Bind(take.Tenant).Bind(take.Scope).Bind(take.Key).Bind(take.ExecutionId).Bind(take.Holder).Run();
        return CommitResult.Done;
    }

    public CommitResult Apply(PruneCache prune) => new CommitResult.Pruned(_prune.Bind(prune.Now).Bind(prune.Limit).Run());

    public void GiveUp(string tenant, IReadOnlyList<string> holders)
    {
        foreach (var holder in holders)
            _giveUp.Bind(tenant).Bind(holder).Run();
    }

    private static bool IsAny(Statement statement)
    {
        var isAny = statement.Step();
        statement.Reset();
        return isAny;
    }
}

using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Reading;

/// <summary>Reads cached results.</summary>
internal static class CacheQueries
{
    public const string Select = "select value, created_at, expires_at from cached_results where tenant = ? and scope = ? and key = ? and expires_at > ?";

    public static CachedValue? Find(Connection connection, string tenant, string scope, string key, DateTimeOffset now) =>
        Find(connection.Prepare(Select), tenant, scope, key, now);

    public static CachedValue? Find(Statement select, string tenant, string scope, string key, DateTimeOffset now)
    {
        select.Bind(tenant).Bind(scope).Bind(key).Bind(now);
        var found = select.Step() ? new CachedValue(scope, key, select.Json(0), select.Time(1), select.Time(2)) : null;
        select.Reset();
        return found;
    }
}

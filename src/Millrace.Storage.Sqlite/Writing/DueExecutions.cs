using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Reading;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Finds executions that nobody owns and that want to run, one priority at a time: an index by priority and then time cannot skip what is not due yet.</summary>
internal sealed class DueExecutions(Connection connection)
{
    // Tenants whose executions only sleep are passed over, but not without end: the next claim goes on from there.
    private const int MaxTenantsVisited = 1_000;

    private readonly Statement _nextPriority = connection.Prepare("""
        select max(priority) from executions where owner = 0 and wake_at is not null and priority < ?
        """);

    private readonly Statement _more = connection.Prepare("""
        select 1 from executions where owner = 0 and wake_at is not null and priority = ? and wake_at <= ? order by wake_at limit 1 offset ?
        """);

    private readonly Statement _all = connection.Prepare($"""
        select {ExecutionRow.Columns} from {ExecutionRow.From}
         where e.owner = 0 and e.wake_at is not null and e.priority = ? and e.wake_at <= ?
         order by e.wake_at, e.id limit ?
        """);

    private readonly Statement _nextTenant = connection.Prepare("""
        select min(tenant) from executions where owner = 0 and wake_at is not null and priority = ? and tenant > ?
        """);

    private readonly Statement _hasDue = connection.Prepare("""
        select 1 from executions where owner = 0 and wake_at is not null and priority = ? and tenant = ? and wake_at <= ? limit 1
        """);

    // The index is named, because the planner sees no difference between it and the one that walks over everybody else's due executions.
    private readonly Statement _ofTenant = connection.Prepare($"""
        select {ExecutionRow.Columns} from executions e indexed by executions_by_turn {ExecutionRow.Joined}
         where e.owner = 0 and e.wake_at is not null and e.priority = ? and e.tenant = ? and e.wake_at <= ?
         order by e.wake_at, e.id limit ?
        """);

    private string _lastTenant = "";

    /// <summary>The highest priority below one that anything waits with.</summary>
    public long? NextPriority(long below)
    {
        _nextPriority.Bind(below).Step();
        long? priority = _nextPriority.IsNull(0) ? null : _nextPriority.Long(0);
        _nextPriority.Reset();
        return priority;
    }

    /// <summary>Whether more are due than so many.</summary>
    public bool AreMoreThan(int count, long priority, DateTimeOffset now) => IsAny(_more.Bind(priority).Bind(now).Bind(count));

    /// <summary>Those due the longest.</summary>
    public List<ExecutionRecord> Read(long priority, DateTimeOffset now, int limit) => Read(_all.Bind(priority).Bind(now).Bind(limit));

    /// <summary>Those of a tenant that are due the longest.</summary>
    public List<ExecutionRecord> Read(long priority, string tenant, DateTimeOffset now, int limit) =>
        Read(_ofTenant.Bind(priority).Bind(tenant).Bind(now).Bind(limit));

    /// <summary>Tenants with due executions, beginning after the one that came last the time before.</summary>
    public List<string> TenantsByTurns(long priority, DateTimeOffset now, int limit)
    {
        List<string> due = [];
        var visited = new HashSet<string>(StringComparer.Ordinal);
        while (due.Count < limit && visited.Count < MaxTenantsVisited)
        {
            if ((NextTenant(priority, _lastTenant) ?? NextTenant(priority, "")) is not { } tenant || !visited.Add(tenant))
                break;
            _lastTenant = tenant;
            if (IsAny(_hasDue.Bind(priority).Bind(tenant).Bind(now)))
                due.Add(tenant);
        }
        return due;
    }

    private string? NextTenant(long priority, string after)
    {
        _nextTenant.Bind(priority).Bind(after).Step();
        var tenant = _nextTenant.TextOrNull(0);
        _nextTenant.Reset();
        return tenant;
    }

    private static bool IsAny(Statement statement)
    {
        var any = statement.Step();
        statement.Reset();
        return any;
    }

    private static List<ExecutionRecord> Read(Statement statement)
    {
        List<ExecutionRecord> executions = [];
        while (statement.Step())
            executions.Add(ExecutionRow.Read(statement));
        return executions;
    }
}

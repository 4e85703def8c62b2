using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Limits;

/// <summary>
/// Spaces starts out (GCRA). All that is known of a bucket is when it will be full again: each start moves that by the time that one start
/// takes to fill up, and may happen once the bucket lacks no more than it holds.
/// </summary>
internal sealed class StartRates(Connection connection)
{
    private readonly Statement _find = connection.Prepare(
        "select full_at from start_rates where tenant = ? and workflow_id = ? and key = ?");

    private readonly Statement _save = connection.Prepare("""
        insert into start_rates (tenant, workflow_id, key, full_at) values (?, ?, ?, ?)
        on conflict (tenant, workflow_id, key) do update set full_at = excluded.full_at
        """);

    private readonly Statement _findFull = connection.Prepare(
        "select tenant, workflow_id, key from start_rates where full_at <= ? order by full_at limit 2");

    private readonly Statement _remove = connection.Prepare(
        "delete from start_rates where tenant = ? and workflow_id = ? and key = ?");

    /// <summary>Takes a start out of each bucket, and says which holds it back longest; null: it may start now.</summary>
    public PendingReason.Rate? Take(string tenant, IEnumerable<StartRate> rates, DateTimeOffset now)
    {
        PendingReason.Rate? longest = null;
        foreach (var rate in rates)
        {
            var startsAt = Take(tenant, rate, now);
            if (startsAt > now && (longest is null || startsAt > longest.Until))
                longest = new PendingReason.Rate(rate.Scope, rate.Limit, startsAt);
        }
        return longest;
    }

    private DateTimeOffset Take(string tenant, StartRate rate, DateTimeOffset now)
    {
        var found = Find(tenant, rate.Scope);
        if (found is null)
            RemoveFull(now);
        // Rounded up here and below: a start that comes a little late keeps the rate.
        var each = DividedUp(rate.Per.Ticks, rate.Limit);
        var fullAt = Math.Max(found ?? 0, now.UtcTicks) + each;
        Save(tenant, rate.Scope, fullAt);
        var startsAt = fullAt - (each * rate.Burst);
        return startsAt > now.UtcTicks ? new DateTimeOffset(DividedUp(startsAt, TimeSpan.TicksPerMillisecond) * TimeSpan.TicksPerMillisecond, TimeSpan.Zero) : now;
    }

    private static long DividedUp(long number, long by) => (number + by - 1) / by;

    private long? Find(string tenant, LimitScope scope)
    {
        SlotCounter.Bind(_find, new Slot(tenant, scope, 0));
        long? fullAt = _find.Step() ? _find.Long(0) : null;
        _find.Reset();
        return fullAt;
    }

    private void Save(string tenant, LimitScope scope, long fullAt) => SlotCounter.Bind(_save, new Slot(tenant, scope, 0)).Bind(fullAt).Run();

    // Each new row takes two old ones away, so that rows of keys that nobody uses any more do not pile up.
    private void RemoveFull(DateTimeOffset now)
    {
        _findFull.Bind(now.UtcTicks);
        List<Slot> full = [];
        while (_findFull.Step())
            full.Add(new Slot(_findFull.Text(0), SlotCounter.Scope(_findFull, 1), 0));
        foreach (var bucket in full)
            SlotCounter.Bind(_remove, bucket).Run();
    }
}

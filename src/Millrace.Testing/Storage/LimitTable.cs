using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

using Slot = (string Tenant, LimitScope Scope);

/// <summary>How many hold each slot and wait for one, and when each bucket of starts is full again.</summary>
internal sealed class LimitTable
{
    private const int Unlimited = int.MaxValue;

    private readonly Dictionary<Slot, Standing> _standings = [];
    private readonly Dictionary<Slot, long> _fullAt = [];

    /// <summary>How a limit stands; one that nobody holds or waits for is as it is said to be.</summary>
    public Standing Find(Slot slot, int most = Unlimited) => _standings.TryGetValue(slot, out var standing) ? standing : new Standing(most, 0, 0);

    public void Add(Slot slot, int most, int inUse = 0, int waiting = 0)
    {
        var standing = Find(slot, most);
        standing = standing with { InUse = standing.InUse + inUse, Waiting = standing.Waiting + waiting };
        if (standing is { InUse: 0, Waiting: 0 })
            _standings.Remove(slot);
        else
            _standings[slot] = standing;
    }

    /// <summary>States a limit anew; true where that lets somebody start.</summary>
    public bool State(Slot slot, int most)
    {
        if (!_standings.TryGetValue(slot, out var standing) || standing.Most == most)
            return false;
        _standings[slot] = standing with { Most = most };
        return standing.Waiting > 0 && standing.InUse < most;
    }

    /// <summary>States some limits anew; true where there are any that count.</summary>
    public bool Limit(Func<Slot, bool> which, int? most)
    {
        var slots = _standings.Keys.Where(which).ToList();
        foreach (var slot in slots)
            _standings[slot] = _standings[slot] with { Most = most ?? Unlimited };
        return slots.Count > 0;
    }

    /// <summary>Limits that have room while somebody waits.</summary>
    public List<Slot> WithRoom() => [.. _standings
        .Where(standing => standing.Value is { Waiting: > 0, HasRoom: true })
        .Select(standing => standing.Key)
        .OrderBy(slot => slot.Tenant, StringComparer.Ordinal).ThenBy(slot => slot.Scope.WorkflowId ?? "", StringComparer.Ordinal).ThenBy(slot => slot.Scope.Key, StringComparer.Ordinal)];

    public IReadOnlyList<LimitUse> List(string tenant, Page page)
    {
        var after = page.After is null ? default((string, string)?) : Order(LimitScope.Parse(page.After));
        return [.. _standings
            .Where(standing => string.Equals(standing.Key.Tenant, tenant, StringComparison.Ordinal))
            .OrderBy(standing => Order(standing.Key.Scope).Workflow, StringComparer.Ordinal).ThenBy(standing => standing.Key.Scope.Key, StringComparer.Ordinal)
            .Where(standing => after is not { } last || Compare(Order(standing.Key.Scope), last) > 0)
            .Skip(page.Offset)
            .Take(page.Limit)
            .Select(standing => new LimitUse(standing.Key.Scope, standing.Value.Most == Unlimited ? null : standing.Value.Most, standing.Value.InUse, standing.Value.Waiting))];
    }

    /// <summary>Takes a start out of each bucket, and says which holds it back longest; null: it may start now.</summary>
    public PendingReason.Rate? TakeRates(string tenant, IEnumerable<StartRate> rates, DateTimeOffset now)
    {
        PendingReason.Rate? longest = null;
        foreach (var rate in rates)
        {
            var startsAt = Take((tenant, rate.Scope), rate, now);
            if (startsAt > now && (longest is null || startsAt > longest.Until))
                longest = new PendingReason.Rate(rate.Scope, rate.Limit, startsAt);
        }
        return longest;
    }

    // Each start moves the time at which the bucket is full by what one takes to fill up, rounded so that the rate is kept.
    private DateTimeOffset Take(Slot bucket, StartRate rate, DateTimeOffset now)
    {
        var each = DividedUp(rate.Per.Ticks, rate.Limit);
        var fullAt = Math.Max(_fullAt.GetValueOrDefault(bucket), now.UtcTicks) + each;
        _fullAt[bucket] = fullAt;
        var startsAt = fullAt - (each * rate.Burst);
        return startsAt > now.UtcTicks ? new DateTimeOffset(DividedUp(startsAt, TimeSpan.TicksPerMillisecond) * TimeSpan.TicksPerMillisecond, TimeSpan.Zero) : now;
    }

    private static long DividedUp(long number, long by) => (number + by - 1) / by;

    private static (string Workflow, string Key) Order(LimitScope scope) => (scope.WorkflowId ?? "", scope.Key);

    private static int Compare((string Workflow, string Key) one, (string Workflow, string Key) other) =>
        string.CompareOrdinal(one.Workflow, other.Workflow) is var byWorkflow and not 0 ? byWorkflow : string.CompareOrdinal(one.Key, other.Key);
}

/// <summary>How a limit stands.</summary>
internal readonly record struct Standing(int Most, int InUse, int Waiting)
{
    public bool HasRoom => InUse < Most;
}

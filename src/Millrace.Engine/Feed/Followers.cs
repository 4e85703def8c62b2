using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Millrace.Engine.Feed;

/// <summary>Who follows what, so that telling them costs as much as there are, and next to nothing where there is nobody.</summary>
internal sealed class Followers
{
    private readonly ConcurrentDictionary<(string Tenant, string Id), ImmutableArray<FeedSubscription>> _all = new();
    private int _count;

    /// <summary>Whether anybody follows anything.</summary>
    public bool Any => Volatile.Read(ref _count) > 0;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count);

    public void Add((string Tenant, string Id) key, FeedSubscription follower)
    {
        _all.AddOrUpdate(key, static (_, added) => [added], static (_, all, added) => all.Add(added), follower);
        Interlocked.Increment(ref _count);
    }

    public void Remove((string Tenant, string Id) key, FeedSubscription follower)
    {
        while (_all.TryGetValue(key, out var all))
        {
            var rest = all.Remove(follower);
            if (rest.IsEmpty ? _all.TryRemove(KeyValuePair.Create(key, all)) : _all.TryUpdate(key, rest, all))
                break;
        }
        Interlocked.Decrement(ref _count);
    }

    /// <summary>Tells those of a tenant, whatever they follow, that the store has something that they were not told of.</summary>
    /// <param name="tenant">Whose; null: everybody's.</param>
    public void FallBehind(string? tenant)
    {
        if (!Any)
            return;
        foreach (var (key, all) in _all)
        {
            if (tenant is not null && !string.Equals(key.Tenant, tenant, StringComparison.Ordinal))
                continue;
            foreach (var follower in all)
                follower.FallBehind();
        }
    }

    /// <summary>Those who follow something; mostly nobody.</summary>
    public ImmutableArray<FeedSubscription> Of(string tenant, string id) =>
        Any && _all.TryGetValue((tenant, id), out var all) ? all : [];
}

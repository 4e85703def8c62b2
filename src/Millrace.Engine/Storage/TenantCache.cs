using System.Collections.Concurrent;

namespace Millrace.Engine.Storage;

/// <summary>How much a cache keeps, and for how long.</summary>
/// <param name="MaxEntries">How many entries, of all tenants together.</param>
/// <param name="MaxAge">How long an entry may be wrong where the hint that it changed was lost: then it is read again.</param>
public sealed record CacheBounds(int MaxEntries, TimeSpan MaxAge)
{
    /// <summary>For what is small and read again in one look.</summary>
    public static CacheBounds Usual { get; } = new(10_000, TimeSpan.FromSeconds(30));
}

/// <summary>Makes caches of what is made of tenants' rows.</summary>
public static class TenantCache
{
    /// <summary>A cache of one entry a tenant. It listens for as long as the store lives.</summary>
    /// <typeparam name="T">What is kept.</typeparam>
    /// <param name="changes">Where hints come from.</param>
    /// <param name="kind">What an entry is made of.</param>
    /// <param name="read">Reads a tenant's; null: there is nothing to keep.</param>
    /// <param name="time">The clock.</param>
    /// <param name="bounds">How much it keeps; null: as usual.</param>
    /// <param name="takesIn">Gives a change to an entry that can take it in; false: it is to be read again. Called on the thread that commits.</param>
    public static TenantCache<T> OfTenants<T>(
        IChanges changes, ChangeKind kind, Func<string, ValueTask<T?>> read, TimeProvider time, CacheBounds? bounds = null, Func<T, Change, bool>? takesIn = null)
        where T : class
    {
        var cache = new TenantCache<T>((tenant, _) => read(tenant), isWhole: true, bounds ?? CacheBounds.Usual, time, takesIn);
        _ = changes.Listen(kind, cache.Changed);
        return cache;
    }

    /// <summary>A cache of one entry for each thing of a tenant. It listens for as long as the store lives.</summary>
    /// <typeparam name="T">What is kept.</typeparam>
    /// <param name="changes">Where hints come from.</param>
    /// <param name="kind">What an entry is made of.</param>
    /// <param name="read">Reads one by tenant and id; null: there is nothing to keep.</param>
    /// <param name="time">The clock.</param>
    /// <param name="bounds">How much it keeps; null: as usual.</param>
    public static TenantCache<T> OfThings<T>(
        IChanges changes, ChangeKind kind, Func<string, string, ValueTask<T?>> read, TimeProvider time, CacheBounds? bounds = null)
        where T : class
    {
        var cache = new TenantCache<T>(read, isWhole: false, bounds ?? CacheBounds.Usual, time, takesIn: null);
        _ = changes.Listen(kind, cache.Changed);
        return cache;
    }
}

/// <summary>
/// What is made of a tenant's rows, kept until a hint says that they changed. Hints may be lost: what is older than the bounds allow is read again.
/// Whatever was committed, and hinted at, before somebody asks is in what that caller gets.
/// </summary>
/// <typeparam name="T">What is kept. It must not change, unless it takes in changes itself.</typeparam>
public sealed class TenantCache<T> where T : class
{
    private readonly ConcurrentDictionary<(string Tenant, string Id), Entry> _entries = new();
    private readonly Func<string, string, ValueTask<T?>> _read;
    private readonly CacheBounds _bounds;
    private readonly TimeProvider _time;
    private readonly Func<T, Change, bool>? _takesIn;
    private readonly bool _isWhole;

    internal TenantCache(Func<string, string, ValueTask<T?>> read, bool isWhole, CacheBounds bounds, TimeProvider time, Func<T, Change, bool>? takesIn) =>
        (_read, _isWhole, _bounds, _time, _takesIn) = (read, isWhole, bounds, time, takesIn);

    /// <summary>How many entries there are now.</summary>
    public int Count => _entries.Count;

    /// <summary>An entry, read where it is not there or too old. Those who ask for the same at once share one read.</summary>
    /// <param name="tenant">The tenant whose data to use.</param>
    /// <param name="id">Which; empty in a cache of one entry a tenant.</param>
    /// <param name="cancellation">Ends the waiting; the read goes on for others.</param>
    public ValueTask<T?> GetAsync(string tenant, string id = "", CancellationToken cancellation = default)
    {
        var key = (tenant, id);
        if (!_entries.TryGetValue(key, out var entry) || !IsFresh(entry))
            entry = Load(key);
        return entry.Value.IsCompletedSuccessfully ? new(entry.Value.Result) : new(entry.Value.WaitAsync(cancellation));
    }

    /// <summary>An entry if it is there, however old; null: it is not.</summary>
    public T? Peek(string tenant, string id = "") =>
        _entries.TryGetValue((tenant, id), out var entry) && entry.Value.IsCompletedSuccessfully ? entry.Value.Result : null;

    private bool IsFresh(Entry entry) => _time.GetElapsedTime(entry.Since) < _bounds.MaxAge;

    // An entry is findable before it is read, so that a change meanwhile takes it out: it is given to those who wait for it and not kept.
    private Entry Load((string Tenant, string Id) key)
    {
        var mine = new Entry(_time.GetTimestamp());
        var entry = _entries.AddOrUpdate(key, static (_, args) => args.mine, static (_, known, args) => args.cache.IsFresh(known) ? known : args.mine, (cache: this, mine));
        if (!ReferenceEquals(entry, mine))
            return entry;
        MakeRoom();
        _ = ReadAsync(key, entry);
        return entry;
    }

    // Whatever fails is told to those who wait.
    private async Task ReadAsync((string Tenant, string Id) key, Entry entry)
    {
        try
        {
            var value = await _read(key.Tenant, key.Id);
            if (value is null)
                Remove(key, entry);
            entry.Source.SetResult(value);
        }
        catch (Exception e)
        {
            Remove(key, entry);
            entry.Source.SetException(e);
        }
    }

    internal void Changed(Change change)
    {
        if (change.Tenant.Length == 0)
        {
            _entries.Clear();
            return;
        }
        if (!_isWhole && change.Id.Length == 0)
        {
            foreach (var (known, stale) in _entries)
            {
                if (string.Equals(known.Tenant, change.Tenant, StringComparison.Ordinal))
                    Remove(known, stale);
            }
            return;
        }
        var key = (change.Tenant, _isWhole ? "" : change.Id);
        if (!_entries.TryGetValue(key, out var entry))
            return;
        var isTaken = _takesIn is not null && entry.Value is { IsCompletedSuccessfully: true, Result: { } value } && _takesIn(value, change);
        if (!isTaken)
            Remove(key, entry);
    }

    private void MakeRoom()
    {
        if (_entries.Count <= _bounds.MaxEntries)
            return;
        foreach (var (key, entry) in _entries)
        {
            if (!IsFresh(entry))
                Remove(key, entry);
        }
        // Any will do: those in use are soon there again. Some more than one, so that this is seldom.
        var excess = _entries.Count - (_bounds.MaxEntries * 3 / 4);
        if (_entries.Count <= _bounds.MaxEntries)
            return;
        foreach (var (key, entry) in _entries)
        {
            if (excess-- <= 0)
                break;
            Remove(key, entry);
        }
    }

    private void Remove((string Tenant, string Id) key, Entry entry) => _entries.TryRemove(KeyValuePair.Create(key, entry));

    private sealed class Entry(long since)
    {
        public long Since { get; } = since;

        // Whoever waits goes on where the read has ended: a thread of the pool would escape the simulator. It is the last that the read does.
        public TaskCompletionSource<T?> Source { get; } = new();

        public Task<T?> Value => Source.Task;
    }
}

namespace Millrace.Core.Values;

/// <summary>
/// An immutable map. Most are <see cref="ArrayMap"/>; the engine adds views (a node's record, all nodes) that look things up
/// only when an expression asks.
/// </summary>
public abstract class MapValue : HeapValue
{
    /// <summary>The empty map.</summary>
    public static readonly MapValue Empty = ArrayMap.Own([]);

    /// <summary>Creates the base of a map.</summary>
    protected MapValue() : base(ValueKind.Map)
    {
    }

    /// <summary>How many entries there are.</summary>
    public abstract int Count { get; }

    /// <summary>Looks a text key up.</summary>
    public abstract bool TryGet(string key, out Value value);

    /// <summary>Looks any key up; numbers match by value across int, uint and double.</summary>
    public abstract bool TryGet(Value key, out Value value);

    /// <summary>The entries in order, for enumeration and writing.</summary>
    public abstract ReadOnlySpan<KeyValuePair<Value, Value>> Entries { get; }

    /// <summary>The sentence an expression fails with when it selects a key that is not there.</summary>
    public virtual string DescribeMissing(string key) => $"no such key: '{key}'{ClosestName.Hint(key, TextKeys())}";

    /// <summary>Copies entries with text keys into a map; a repeated key keeps the last value at the first place.</summary>
    public static MapValue Create(IEnumerable<KeyValuePair<string, Value>> entries)
    {
        var builder = new MapBuilder();
        foreach (var (key, value) in entries)
            builder.Set(key, value);
        return builder.Build();
    }

    /// <summary>Makes a map of one entry.</summary>
    public static MapValue Of(string key, Value value) => ArrayMap.Own([new(key, value)]);

    /// <summary>Makes a map of pairs; keys must differ.</summary>
    public static MapValue Of(params ReadOnlySpan<(string Key, Value Value)> entries)
    {
        var items = new KeyValuePair<Value, Value>[entries.Length];
        for (var i = 0; i < items.Length; i++)
            items[i] = new(entries[i].Key, entries[i].Value);
        return ArrayMap.Own(items);
    }

    /// <summary>This map with one text key set.</summary>
    public MapValue With(string key, Value value) => new MapBuilder(this).Set(key, value).Build();

    private protected override int ComputeWeight()
    {
        var weight = 2L;
        foreach (var entry in Entries)
            weight += 2L + entry.Key.Weight + entry.Value.Weight;
        return Value.Saturate(weight);
    }

    private protected override int ComputeDepth()
    {
        var deepest = 0;
        foreach (var entry in Entries)
            deepest = Math.Max(deepest, entry.Value.Depth);
        return deepest + 1;
    }

    private protected override bool ComputeIsJson()
    {
        foreach (var entry in Entries)
        {
            if (entry.Key.Kind != ValueKind.String || !entry.Value.IsJson)
                return false;
        }
        return true;
    }

    private List<string> TextKeys()
    {
        var keys = new List<string>(Count);
        foreach (var entry in Entries)
        {
            if (entry.Key.TryGetString(out var key))
                keys.Add(key);
        }
        return keys;
    }
}

/// <summary>A map as an array of entries: scanned while small, hashed from nine entries on.</summary>
public sealed class ArrayMap : MapValue
{
    private const int ScanLimit = 8;

    private readonly KeyValuePair<Value, Value>[] _entries;
    private Dictionary<Value, int>? _index;

    private ArrayMap(KeyValuePair<Value, Value>[] entries) => _entries = entries;

    /// <inheritdoc/>
    public override int Count => _entries.Length;

    /// <inheritdoc/>
    public override ReadOnlySpan<KeyValuePair<Value, Value>> Entries => _entries;

    /// <summary>Takes the array as the map; keys must differ and the caller must not change it afterwards.</summary>
    public static ArrayMap Own(KeyValuePair<Value, Value>[] entries) => new(entries);

    /// <inheritdoc/>
    public override bool TryGet(string key, out Value value)
    {
        if (_entries.Length > ScanLimit)
            return TryGetIndexed(key, out value);
        foreach (var entry in _entries)
        {
            if (entry.Key.TryGetString(out var text) && string.Equals(text, key, StringComparison.Ordinal))
            {
                value = entry.Value;
                return true;
            }
        }
        value = default;
        return false;
    }

    /// <inheritdoc/>
    public override bool TryGet(Value key, out Value value)
    {
        if (_entries.Length > ScanLimit)
            return TryGetIndexed(key, out value);
        foreach (var entry in _entries)
        {
            if (entry.Key.Equals(key))
            {
                value = entry.Value;
                return true;
            }
        }
        value = default;
        return false;
    }

    private bool TryGetIndexed(Value key, out Value value)
    {
        // Two threads may both build it; both results are equal and either may win.
        var index = _index ??= BuildIndex();
        if (index.TryGetValue(key, out var position))
        {
            value = _entries[position].Value;
            return true;
        }
        value = default;
        return false;
    }

    private Dictionary<Value, int> BuildIndex()
    {
        var index = new Dictionary<Value, int>(_entries.Length);
        for (var i = 0; i < _entries.Length; i++)
            index[_entries[i].Key] = i;
        return index;
    }
}

/// <summary>Builds a map with text keys; setting a key again replaces its value in place.</summary>
public sealed class MapBuilder
{
    private readonly List<KeyValuePair<Value, Value>> _entries = [];
    private readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);

    /// <summary>Starts empty.</summary>
    public MapBuilder()
    {
    }

    /// <summary>Starts from a map whose keys are text.</summary>
    public MapBuilder(MapValue map)
    {
        foreach (var entry in map.Entries)
            Set(entry.Key.AsString(), entry.Value);
    }

    /// <summary>How many entries there are so far.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether the key is set.</summary>
    public bool Contains(string key) => _positions.ContainsKey(key);

    /// <summary>The value of a key so far.</summary>
    public bool TryGet(string key, out Value value)
    {
        var isSet = _positions.TryGetValue(key, out var position);
        value = isSet ? _entries[position].Value : default;
        return isSet;
    }

    /// <summary>Sets a key.</summary>
    public MapBuilder Set(string key, Value value)
    {
        if (_positions.TryGetValue(key, out var position))
        {
            _entries[position] = new(key, value);
            return this;
        }
        _positions.Add(key, _entries.Count);
        _entries.Add(new(key, value));
        return this;
    }

    /// <summary>Sets a key where the value is not null.</summary>
    public MapBuilder SetIfPresent(string key, Value value) => value.IsNull ? this : Set(key, value);

    /// <summary>The map so far.</summary>
    public MapValue Build() => _entries.Count == 0 ? MapValue.Empty : ArrayMap.Own([.. _entries]);
}

using Millrace.Core.Values;

namespace Millrace.Fuzz.Generation;

/// <summary>Changes documents as trees: what comes out is well formed and says something else.</summary>
internal sealed class TreeMutation(IReadOnlyList<string> keys, IReadOnlyList<Value> scalars)
{
    /// <summary>One to a few changes.</summary>
    public Value Mutate(Value tree, Random random, Func<Value> known)
    {
        for (var changes = 1 + random.Next(random.Next(1, 6)); changes > 0; changes--)
            tree = MutateOnce(tree, random, known);
        return tree;
    }

    private Value MutateOnce(Value tree, Random random, Func<Value> known)
    {
        var goesOn = random.Next(4) != 0;
        if (goesOn && tree.TryGetMap(out var map) && map.Count > 0)
        {
            var entry = map.Entries[random.Next(map.Count)];
            return With(map, entry.Key.AsString(), entry.Key.AsString(), MutateOnce(entry.Value, random, known));
        }
        if (goesOn && tree.TryGetList(out var list) && list.Count > 0)
        {
            Value[] items = [.. list];
            var at = random.Next(items.Length);
            items[at] = MutateOnce(items[at], random, known);
            return ListValue.Own(items);
        }
        if (random.Next(3) != 0 && tree.TryGetMap(out map))
            return MutateMap(map, random, known);
        if (random.Next(3) != 0 && tree.TryGetList(out list))
            return MutateList(list, random, known);
        return Replacement(tree, random, known);
    }

    private Value MutateMap(MapValue map, Random random, Func<Value> known)
    {
        var key = keys[random.Next(keys.Count)];
        if (map.Count == 0 || random.Next(3) == 0)
            return map.With(key, Replacement(Value.Null, random, known));
        var entry = map.Entries[random.Next(map.Count)];
        return random.Next(4) switch
        {
            0 => With(map, entry.Key.AsString(), null, default),
            1 => With(map, entry.Key.AsString(), key, entry.Value),
            2 => map.With(key, entry.Value),
            _ => map.With(entry.Key.AsString(), map.Entries[random.Next(map.Count)].Value),
        };
    }

    private Value MutateList(ListValue list, Random random, Func<Value> known)
    {
        List<Value> items = [.. list];
        var at = random.Next(items.Count + 1);
        switch (random.Next(4))
        {
            case 0 when items.Count > 0:
                items.RemoveAt(random.Next(items.Count));
                break;
            case 1 when items.Count > 0:
                items.InsertRange(
                    at, Enumerable.Repeat(items[random.Next(items.Count)], random.Next(15) == 0 ? random.Next(1, 200) : 1).ToArray());
                break;
            case 2 when items.Count > 1:
                var other = random.Next(items.Count);
                at = random.Next(items.Count);
                (items[at], items[other]) = (items[other], items[at]);
                break;
            default:
                items.Insert(at, Replacement(Value.Null, random, known));
                break;
        }
        return ListValue.Create(items);
    }

    private Value Replacement(Value old, Random random, Func<Value> known)
    {
        switch (random.Next(8))
        {
            case 0: return Part(known(), random);
            case 1: return Value.List(old);
            case 2: return MapValue.Of(keys[random.Next(keys.Count)], old);
            case 3 when old.TryGetString(out var text): return Spliced(text, random);
            case 4 when random.Next(10) == 0: return Nested(old, random.Next(2, 150));
            default: return scalars[random.Next(scalars.Count)];
        }
    }

    private Value Spliced(string text, Random random)
    {
        var other = scalars[random.Next(scalars.Count)];
        var at = random.Next(text.Length + 1);
        // Never in the middle of a surrogate pair: no reader gives such a text.
        if (at > 0 && at < text.Length && char.IsLowSurrogate(text[at]))
            at--;
        return text[..at] + (other.TryGetString(out var part) ? part : other.ToJson()) + text[at..];
    }

    private static Value Nested(Value value, int levels)
    {
        for (; levels > 0; levels--)
            value = levels % 2 == 0 ? Value.List(value) : MapValue.Of("a", value);
        return value;
    }

    private static Value Part(Value tree, Random random)
    {
        while (random.Next(4) != 0)
        {
            if (tree.TryGetMap(out var map) && map.Count > 0)
                tree = map.Entries[random.Next(map.Count)].Value;
            else if (tree.TryGetList(out var list) && list.Count > 0)
                tree = list[random.Next(list.Count)];
            else
                break;
        }
        return tree;
    }

    // The entry under another key, or gone; everything else stays in its place.
    private static MapValue With(MapValue map, string key, string? newKey, Value value)
    {
        var builder = new MapBuilder();
        foreach (var entry in map.Entries)
        {
            var name = entry.Key.AsString();
            if (!string.Equals(name, key, StringComparison.Ordinal))
                builder.Set(name, entry.Value);
            else if (newKey is not null)
                builder.Set(newKey, value);
        }
        return builder.Build();
    }
}

using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

internal readonly record struct ListItem(Operation Value, bool Optional);

/// <summary>[a, ?b]</summary>
internal sealed class ListLiteral(ListItem[] items, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        result = default;
        if (!frame.AllocateItems(items.Length, Position))
            return false;
        var values = new Value[items.Length];
        var count = 0;
        foreach (var item in items)
        {
            var present = true;
            if (!item.Value.Evaluate(ref frame, out var value))
                return false;
            if (item.Optional && !Optionals.TryUnwrap(ref frame, ref value, item.Value.Position, out present))
                return false;
            if (present)
                values[count++] = value;
        }
        if (count < values.Length)
            Array.Resize(ref values, count);
        result = ListValue.Own(values);
        return true;
    }
}

internal readonly record struct MapEntry(Operation Key, Operation Value, bool Optional);

/// <summary>{k: v, ?k: v}</summary>
internal sealed class MapLiteral(MapEntry[] entries, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        result = default;
        if (!frame.AllocateItems(entries.Length * 2L, Position))
            return false;
        var map = new MapAssembly(entries.Length);
        foreach (var entry in entries)
        {
            var present = true;
            if (!entry.Key.Evaluate(ref frame, out var key) || !entry.Value.Evaluate(ref frame, out var value))
                return false;
            if (entry.Optional && !Optionals.TryUnwrap(ref frame, ref value, entry.Value.Position, out present))
                return false;
            if (present && !map.Add(ref frame, key, value, entry.Key.Position))
                return false;
        }
        result = map.Build();
        return true;
    }
}

/// <summary>A map being put together with keys of any kind that CEL allows, none twice.</summary>
internal struct MapAssembly(int capacity)
{
    private const int ScanLimit = 8;

    private readonly List<KeyValuePair<Value, Value>> _entries = new(capacity);
    private HashSet<Value>? _keys;

    public bool Add(ref EvaluationFrame frame, in Value key, in Value value, int position)
    {
        if (key.Kind is not (ValueKind.String or ValueKind.Int or ValueKind.UInt or ValueKind.Bool))
            return frame.Fail(static (k, _) => $"a map key must be text, int, uint or bool, found {Kinds.Name(k)}", key, position);
        if (Contains(key))
            return frame.Fail(static (k, _) => $"the key {Texts.Show(k)} is repeated", key, position);
        _keys?.Add(key);
        _entries.Add(new(key, value));
        return true;
    }

    public readonly Value Build() => _entries.Count == 0 ? MapValue.Empty : ArrayMap.Own([.. _entries]);

    private bool Contains(in Value key)
    {
        if (_entries.Count > ScanLimit)
        {
            _keys ??= [.. _entries.Select(entry => entry.Key)];
            return _keys.Contains(key);
        }
        foreach (var entry in _entries)
        {
            if (entry.Key.Equals(key))
                return true;
        }
        return false;
    }
}

/// <summary>Text with expressions in it.</summary>
internal sealed class Interpolation(Operation[] parts, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        result = default;
        var texts = new string[parts.Length];
        var length = 0L;
        for (var i = 0; i < parts.Length; i++)
        {
            if (!parts[i].Evaluate(ref frame, out var value) || !TryText(ref frame, value, parts[i].Position, out texts[i]))
                return false;
            length += texts[i].Length;
        }
        if (!frame.AllocateText(length, Position))
            return false;
        result = string.Concat(texts);
        return true;
    }

    private static bool TryText(ref EvaluationFrame frame, in Value value, int position, out string text)
    {
        text = "";
        if (Texts.TryConvert(value) is { } scalar)
        {
            text = scalar;
            return true;
        }
        if (value.Weight > 64 && !frame.Allocate(value.Weight, position))
            return false;
        if (!JsonNormalizer.TryNormalize(value, out var json, out var error))
            return frame.Fail(static (message, _) => message.AsString(), error!, position);
        text = json.IsNull ? "" : Texts.TryConvert(json) ?? json.ToJson();
        return true;
    }
}

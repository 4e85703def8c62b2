using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>Turns what CEL computes into JSON.</summary>
public static class JsonNormalizer
{
    /// <summary>
    /// The deepest result: a loop that wraps a value in itself again and again must fail here, while what was stored can still be
    /// read (<see cref="ValueJson.MaxDepth"/>) with an envelope around it.
    /// </summary>
    public const int MaxDepth = 100;

    /// <summary>
    /// The JSON form of a value: uint becomes int (or double, beyond int's range), bytes base64, timestamps RFC 3339 text, durations
    /// text such as "1.5s", types their name, an optional its value or null, keys text. A value that is JSON already is given back as it
    /// is.
    /// NaN and infinity, keys that become equal as text, and nesting beyond <see cref="MaxDepth"/> are errors.
    /// </summary>
    public static bool TryNormalize(Value value, out Value json, out string? error)
    {
        error = value.Depth > MaxDepth ? $"the value is nested more than {MaxDepth} deep" : null;
        json = error is null ? value : default;
        if (error is not null || value.IsJson)
            return error is null;
        switch (value.Kind)
        {
            case ValueKind.Double:
                json = default;
                error = $"{NumberText.Of(value.AsDouble())} has no form in JSON";
                return false;
            case ValueKind.UInt:
                var number = value.AsUInt();
                json = number <= long.MaxValue ? Value.From((long)number) : value;
                return true;
            case ValueKind.Bytes:
                json = value.AsBytes().ToString();
                return true;
            case ValueKind.Optional:
                return TryNormalize(value.AsOptional().Value, out json, out error);
            case ValueKind.List:
                return TryNormalizeList(value.AsList(), out json, out error);
            case ValueKind.Map:
                return TryNormalizeMap(value.AsMap(), out json, out error);
            default:
                json = Texts.TryConvert(value);
                return true;
        }
    }

    private static bool TryNormalizeList(ListValue list, out Value json, out string? error)
    {
        json = default;
        error = null;
        var items = new Value[list.Count];
        for (var i = 0; i < items.Length; i++)
        {
            if (!TryNormalize(list[i], out items[i], out error))
                return false;
        }
        json = ListValue.Own(items);
        return true;
    }

    private static bool TryNormalizeMap(MapValue map, out Value json, out string? error)
    {
        json = default;
        error = null;
        var builder = new MapBuilder();
        foreach (var entry in map.Entries)
        {
            var key = Texts.TryConvert(entry.Key);
            if (key is null || builder.Contains(key))
            {
                error = key is null ? $"{Kinds.Name(entry.Key)} cannot be a key in JSON" : $"the key '{key}' occurs twice once it is text";
                return false;
            }
            if (!TryNormalize(entry.Value, out var value, out error))
                return false;
            builder.Set(key, value);
        }
        json = builder.Build();
        return true;
    }
}

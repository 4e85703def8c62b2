using System.Collections.Immutable;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Nodes;

/// <summary>A way into nested objects, such as "customer.address.city".</summary>
internal sealed class FieldPath
{
    private readonly ImmutableArray<string> _keys;

    private FieldPath(ImmutableArray<string> keys) => _keys = keys;

    /// <summary>The path as a JSON pointer.</summary>
    public string Pointer => string.Concat(_keys.Select(key => "/" + JsonPointer.Escape(key)));

    /// <summary>Reads a path; false where a part of it is empty.</summary>
    public static bool TryParse(string text, out FieldPath path)
    {
        path = new([.. text.Split('.')]);
        return !path._keys.Any(string.IsNullOrEmpty);
    }

    /// <summary>What stands there; null where nothing does.</summary>
    public Value Find(Value value)
    {
        foreach (var key in _keys)
            value = value[key];
        return value;
    }

    /// <summary>The object with a value set there and everything beside it kept; false where something on the way is no object.</summary>
    public bool TrySet(MapValue map, Value value, out MapValue changed, out string? problem) =>
        TrySet(map, 0, value, out changed, out problem);

    /// <inheritdoc/>
    public override string ToString() => string.Join('.', _keys);

    private bool TrySet(MapValue map, int depth, Value value, out MapValue changed, out string? problem)
    {
        changed = map;
        problem = null;
        if (depth < _keys.Length - 1)
        {
            var below = map.TryGet(_keys[depth], out var found) ? found : Value.Null;
            if (!below.IsNull && below.Kind != ValueKind.Map)
            {
                problem = $"'{this}' cannot be set: '{string.Join('.', _keys.Take(depth + 1))}' is {Failures.Kind(below)}, not an object";
                return false;
            }
            if (!TrySet(below.TryGetMap(out var inner) ? inner : MapValue.Empty, depth + 1, value, out inner, out problem))
                return false;
            value = inner;
        }
        changed = map.With(_keys[depth], value);
        return true;
    }
}

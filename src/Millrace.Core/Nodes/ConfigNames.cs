using Millrace.Core.Values;

namespace Millrace.Core.Nodes;

/// <summary>Configs may be written in camelCase or snake_case; inside, each field has the one name that its schema gives it.</summary>
public static class ConfigNames
{
    /// <summary>A config with its field names as the schema has them. Keys that the schema does not name stay as they are.</summary>
    public static MapValue Normalize(MapValue config, Value schema) => Rename(config, schema, depth: 0).AsMap();

    private static Value Rename(Value value, Value schema, int depth)
    {
        if (depth > 16)
            return value;
        if (value.TryGetMap(out var map) && schema["properties"].TryGetMap(out var properties))
            return RenameKeys(map, properties, depth);
        if (value.TryGetList(out var list) && schema["items"].TryGetMap(out var items))
            return ListValue.Create(((IEnumerable<Value>)list).Select(item => Rename(item, items, depth + 1)));
        return value;
    }

    private static MapValue RenameKeys(MapValue map, MapValue properties, int depth)
    {
        var renamed = new MapBuilder();
        foreach (var entry in map.Entries)
        {
            var name = NameOf(entry.Key.AsString(), properties);
            renamed.Set(name, properties.TryGet(name, out var schema) ? Rename(entry.Value, schema, depth + 1) : entry.Value);
        }
        return renamed.Build();
    }

    private static string NameOf(string key, MapValue properties)
    {
        if (properties.TryGet(key, out _))
            return key;
        var wanted = key.Replace("_", "", StringComparison.Ordinal);
        foreach (var property in properties.Entries)
        {
            if (string.Equals(property.Key.AsString(), wanted, StringComparison.OrdinalIgnoreCase))
                return property.Key.AsString();
        }
        return key;
    }
}

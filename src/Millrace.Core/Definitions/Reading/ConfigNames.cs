using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>
/// Gives config fields the names that their type's schema has, however they were authored (maxTokens, max_tokens). Only where the
/// schema lists properties: free maps such as headers keep their keys.
/// </summary>
internal static class ConfigNames
{
    /// <summary>Whether the type's config has a field of this name.</summary>
    public static bool Declares(NodeTypeDescription? type, string name) =>
        type is not null && PropertyNamed(type.ConfigSchema["properties"], name) is not null;

    /// <summary>Whether any field may stand in the config, because the type is unknown or lists none.</summary>
    public static bool IsFree(NodeTypeDescription? type) => type is null || type.ConfigSchema["properties"].IsNull;

    /// <summary>The config under the schema's names.</summary>
    public static MapValue Canonical(NodeTypeDescription? type, MapValue config) =>
        IsFree(type) ? config : Canonical(type!.ConfigSchema, type.ConfigSchema, config, 0).AsMap();

    private static Value Canonical(Value root, Value schema, Value value, int depth)
    {
        schema = Resolve(root, schema);
        if (depth > DefinitionLimits.Depth)
            return value;
        if (value.TryGetList(out var list) && !schema["items"].IsNull)
            return ListValue.Create(list.Select(item => Canonical(root, schema["items"], item, depth + 1)));
        return value.TryGetMap(out var map) && schema["properties"].TryGetMap(out var properties)
            ? Canonical(root, properties, map, depth)
            : value;
    }

    private static MapValue Canonical(Value root, MapValue properties, MapValue map, int depth)
    {
        var builder = new MapBuilder();
        foreach (var entry in map.Entries)
        {
            var authored = entry.Key.AsString();
            var name = PropertyNamed(properties, authored) is { } declared
                && (string.Equals(declared, authored, StringComparison.Ordinal) || !map.TryGet(declared, out _))
                ? declared
                : authored;
            // Two spellings of one field: the first gets the name, the other is left to be reported as unknown.
            if (builder.Contains(name))
                name = authored;
            builder.Set(name, properties.TryGet(name, out var schema) ? Canonical(root, schema, entry.Value, depth + 1) : entry.Value);
        }
        return builder.Build();
    }

    private static Value Resolve(Value root, Value schema)
    {
        for (var i = 0; i < 8 && schema["$ref"].TryGetString(out var reference) && reference.StartsWith('#'); i++)
            schema = Documents.JsonPointer.Follow(root, reference[1..]);
        return schema;
    }

    private static string? PropertyNamed(Value properties, string name) => Documents.JsonPointer.FindKey(properties, name);
}

using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>Makes a value that a JSON schema describes; always the same. Patterns and combinations of conditions are beyond it.</summary>
public static class SchemaSample
{
    private const int MaxDepth = 16;

    /// <summary>A value that the schema describes.</summary>
    public static Value Of(Value schema) => Of(schema, schema, 0);

    private static Value Of(Value root, Value schema, int depth)
    {
        if (depth > MaxDepth)
            return Value.Null;
        if (schema["$ref"].TryGetString(out var reference))
            return Of(root, Follow(root, reference), depth + 1);
        foreach (var given in (ReadOnlySpan<string>)["const", "default"])
        {
            if (!schema[given].IsNull)
                return schema[given];
        }
        foreach (var choices in (ReadOnlySpan<string>)["enum", "examples"])
        {
            if (schema[choices].TryGetList(out var list) && list.Count > 0)
                return list[0];
        }
        foreach (var choices in (ReadOnlySpan<string>)["anyOf", "oneOf", "allOf"])
        {
            if (schema[choices].TryGetList(out var list) && list.Count > 0)
                return Of(root, list[0], depth + 1);
        }
        return OfType(root, schema, TypeOf(schema), depth);
    }

    private static Value OfType(Value root, Value schema, string type, int depth) => type switch
    {
        "object" => Object(root, schema, depth),
        "array" =>
            ListValue.Own(
                [.. Enumerable.Repeat(Of(root, schema["items"], depth + 1), (int)Math.Clamp(Number(schema["minItems"]) ?? 1, 0, 100))]),
        "integer" => (long)Math.Ceiling(Number(schema["minimum"]) ?? (Number(schema["exclusiveMinimum"]) + 1) ?? 1),
        "number" => Number(schema["minimum"]) ?? (Number(schema["exclusiveMinimum"]) + 1) ?? 1,
        "boolean" => true,
        "null" => Value.Null,
        _ => String(schema),
    };

    private static MapValue Object(Value root, Value schema, int depth)
    {
        var sample = new MapBuilder();
        if (schema["properties"].TryGetMap(out var properties))
        {
            foreach (var property in properties.Entries)
                sample.Set(property.Key.AsString(), Of(root, property.Value, depth + 1));
        }
        return sample.Build();
    }

    private static string String(Value schema)
    {
        var text = schema["format"].TryGetString(out var format)
            ? format switch { "date-time" => "2026-01-31T08:00:00Z", "email" => "someone@example.com", "uri" => "https://example.com", _ => "text" }
            : "text";
        text = text.PadRight((int)Math.Clamp(Number(schema["minLength"]) ?? 0, 0, 10_000), 'x');
        return Number(schema["maxLength"]) is { } longest && longest < text.Length ? text[..(int)longest] : text;
    }

    private static string TypeOf(Value schema)
    {
        if (schema["type"].TryGetString(out var type))
            return type;
        if (schema["type"].TryGetList(out var types) && types.Count > 0 && types[0].TryGetString(out var first))
            return first;
        return schema["properties"].IsNull ? schema["items"].IsNull ? "string" : "array" : "object";
    }

    private static double? Number(Value value) =>
        value.TryGetInt(out var whole) ? whole : value.TryGetDouble(out var number) ? number : null;

    private static Value Follow(Value root, string reference)
    {
        var found = root;
        foreach (var key in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
            found = found[key];
        return found;
    }
}

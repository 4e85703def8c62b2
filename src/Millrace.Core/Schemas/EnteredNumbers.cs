using Millrace.Core.Values;

namespace Millrace.Core.Schemas;

/// <summary>Turns the text of numbers, which is all that a form can send, into numbers where a schema wants them.</summary>
public static class EnteredNumbers
{
    private const int Deepest = 64;

    /// <summary>
    /// The value with each text that is a JSON number as that number, wherever the schema's own `type` is "number" or "integer"; below
    /// `properties` and `items` too. Anything else stays, for the schema to say what is wrong with it.
    /// </summary>
    /// <param name="schema">A JSON schema.</param>
    /// <param name="value">What was entered.</param>
    public static Value Convert(Value schema, Value value) => Convert(schema, value, Deepest);

    private static Value Convert(Value schema, Value value, int depth)
    {
        if (depth == 0)
            return value;
        if (value.TryGetString(out var text))
            return WantsNumber(schema["type"]) && NumberText.TryRead(text.AsSpan().Trim(), out var number) ? number : value;
        if (value.TryGetList(out var list) && schema["items"].TryGetMap(out var items))
            return Value.List([.. ((IEnumerable<Value>)list).Select(item => Convert(items, item, depth - 1))]);
        if (!value.TryGetMap(out var map) || !schema["properties"].TryGetMap(out var properties))
            return value;
        var converted = new MapBuilder(map);
        foreach (var property in properties.Entries)
        {
            if (map.TryGet(property.Key, out var member))
                converted.Set(property.Key.AsString(), Convert(property.Value, member, depth - 1));
        }
        return converted.Build();
    }

    private static bool WantsNumber(Value type) => type.TryGetList(out var types)
        ? !((IEnumerable<Value>)types).Any(one => one.Equals("string")) && ((IEnumerable<Value>)types).Any(WantsNumber)
        : type.Equals("number") || type.Equals("integer");
}

using System.Globalization;
using System.Text.Json;
using Jint;
using Jint.Native;

namespace Millrace.Sandbox.Realms;

/// <summary>Makes values of a realm from JSON.</summary>
internal static class JsonToScript
{
    private const long MaxExact = 9_007_199_254_740_991;

    /// <summary>Makes a value.</summary>
    /// <param name="engine">The realm.</param>
    /// <param name="json">The JSON.</param>
    /// <param name="place">Where it is, for what is said of it; a JSON pointer.</param>
    /// <exception cref="ValueException">A number has more digits than JavaScript keeps.</exception>
    public static JsValue Make(Engine engine, JsonElement json, string place) => json.ValueKind switch
    {
        JsonValueKind.Object => Map(engine, json, place),
        JsonValueKind.Array => List(engine, json, place),
        JsonValueKind.String => new JsString(json.GetString()!),
        JsonValueKind.Number => Number(json, place),
        JsonValueKind.True => JsBoolean.True,
        JsonValueKind.False => JsBoolean.False,
        _ => JsValue.Null,
    };

    private static JsObject Map(Engine engine, JsonElement json, string place)
    {
        var map = new JsObject(engine);
        foreach (var property in json.EnumerateObject())
            map.CreateDataProperty(property.Name, Make(engine, property.Value, $"{place}/{Escaped(property.Name)}"));
        return map;
    }

    private static JsArray List(Engine engine, JsonElement json, string place)
    {
        var items = new JsValue[json.GetArrayLength()];
        var at = 0;
        foreach (var item in json.EnumerateArray())
        {
            items[at] = Make(engine, item, string.Create(CultureInfo.InvariantCulture, $"{place}/{at}"));
            at++;
        }
        return new JsArray(engine, items);
    }

    // A whole number that JavaScript would round is refused instead: an id that has changed is worse than none.
    private static JsNumber Number(JsonElement json, string place)
    {
        if (json.TryGetInt32(out var small))
            return JsNumber.Create(small);
        var digits = json.GetRawText();
        if (digits.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
            return JsNumber.Create(json.GetDouble());
        if (!json.TryGetInt64(out var whole) || Math.Abs((decimal)whole) > MaxExact)
            throw new ValueException(
                $"{digits} at '{place}' has more digits than a number of JavaScript keeps; pass it as text, such as \"{digits}\"");
        return JsNumber.Create((double)whole);
    }

    private static string Escaped(string name) =>
        name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}

/// <summary>A value that the other side cannot have; the message says which, and where.</summary>
internal sealed class ValueException(string message) : Exception(message);

using System.Buffers.Text;
using System.Text.Json;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>Sizes of maps and bytes, base64, JSON and maps. json.* and maps.* are additions to CEL.</summary>
internal static class DataFunctions
{
    public static void Register(FunctionTable table)
    {
        table.Function("size(map)", SizeOfMap).Method("map.size()", SizeOfMap);
        table.Function("size(bytes)", SizeOfBytes).Method("bytes.size()", SizeOfBytes);
        table.Function("base64.encode(bytes)", Encode).Function("base64.decode(string)", Decode);
        table.Function("json.parse(string)", ParseJson).Function("json.stringify(any)", Stringify);
        table.Function("maps.keys(map)", Keys).Function("maps.values(map)", ValuesOf).Function("maps.merge(map, map)", Merge);
    }

    private static bool SizeOfMap(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = (long)arguments[0].AsMap().Count;
        return true;
    }

    private static bool SizeOfBytes(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = (long)arguments[0].AsBytes().Span.Length;
        return true;
    }

    private static bool Encode(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var octets = arguments[0].AsBytes().Span;
        if (!frame.AllocateText(Base64.GetMaxEncodedToUtf8Length(octets.Length), position))
            return false;
        result = Convert.ToBase64String(octets);
        return true;
    }

    private static bool Decode(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var text = arguments[0].AsString();
        if (!frame.Allocate(text.Length * 2L, position))
            return false;
        // Missing padding is forgiven.
        var padded = text.Length % 4 == 0 ? text : text.PadRight(text.Length + 4 - (text.Length % 4), '=');
        var octets = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, octets, out var written))
            return frame.Fail(static (found, _) => $"{Texts.Show(found)} is not base64", arguments[0], position);
        result = BytesValue.Create(octets.AsSpan(0, written));
        return true;
    }

    private static bool ParseJson(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var text = arguments[0].AsString();
        // A value takes many times the room of its shortest text, "0,".
        if (!frame.Allocate(text.Length * 8L, position))
            return false;
        try
        {
            result = ValueJson.Parse(text);
            return true;
        }
        catch (JsonException e)
        {
            // The reader reports by throwing, which is dear enough to be paid for.
            return frame.Charge(1000, position)
                && frame.Fail(
                    static (message, _) => $"json.parse: the text is not JSON: {message.AsString()}", ValueJson.Explain(e), position);
        }
    }

    private static bool Stringify(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        if (!frame.AllocateText(arguments[0].Weight, position))
            return false;
        if (!JsonNormalizer.TryNormalize(arguments[0], out var json, out var error))
            return frame.Fail(static (message, _) => $"json.stringify: {message.AsString()}", error, position);
        result = json.ToJson();
        return true;
    }

    private static bool Keys(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var map = arguments[0].AsMap();
        if (!frame.AllocateItems(map.Count, position))
            return false;
        var items = new Value[map.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = map.Entries[i].Key;
        result = ListValue.Own(items);
        return true;
    }

    private static bool ValuesOf(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var map = arguments[0].AsMap();
        if (!frame.AllocateItems(map.Count, position))
            return false;
        var items = new Value[map.Count];
        for (var i = 0; i < items.Length; i++)
            items[i] = map.Entries[i].Value;
        result = ListValue.Own(items);
        return true;
    }

    // What the second has wins, in the first one's place.
    private static bool Merge(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var (first, second) = (arguments[0].AsMap(), arguments[1].AsMap());
        if (!frame.AllocateItems((first.Count + (long)second.Count) * 2, position))
            return false;
        var entries = new List<KeyValuePair<Value, Value>>(first.Count + second.Count);
        foreach (var entry in first.Entries)
            entries.Add(new(entry.Key, second.TryGet(entry.Key, out var value) ? value : entry.Value));
        foreach (var entry in second.Entries)
        {
            if (!first.TryGet(entry.Key, out _))
                entries.Add(entry);
        }
        result = ArrayMap.Own([.. entries]);
        return true;
    }
}

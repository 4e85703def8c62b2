using System.Globalization;
using System.Text.Json;
using Millrace.Core.Expressions;
using Millrace.Core.Values;
using NodaTime;

namespace Millrace.Core.Tests.Expressions;

/// <summary>One case of the published CEL conformance suite.</summary>
internal sealed record ConformanceCase(string Name, string Expression, MapValue Bindings, bool DisableCheck, Value? Expected)
{
    public static ConformanceCase Read(JsonElement json)
    {
        var bindings = new MapBuilder();
        if (json.TryGetProperty("bindings", out var bound))
        {
            foreach (var binding in bound.EnumerateObject())
                bindings.Set(binding.Name, ReadValue(binding.Value));
        }
        var unchecked_ = json.TryGetProperty("disable_check", out var flag) && flag.GetBoolean();
        Value? expected = json.TryGetProperty("value", out var value) ? ReadValue(value) : default(Value?);
        return new(json.GetProperty("name").GetString()!, json.GetProperty("expr").GetString()!, bindings.Build(), unchecked_, expected);
    }

    /// <summary>Null where the case passes, else what is wrong.</summary>
    public string? Check()
    {
        var expression = DisableCheck
            ? Millrace.Core.Expressions.Expression.ParseUnchecked(Expression, out var problem)
            : Millrace.Core.Expressions.Expression.Parse(Expression, out problem);
        if (expression is null)
            return Expected is null ? null : $"does not compile: {problem!.Message} at {problem.Position}";
        var outcome = expression.Evaluate(new Bindings(Bindings));
        if (Expected is not { } expected)
            return outcome.Succeeded ? $"gave {Describe(outcome.Value)} instead of an error" : null;
        if (!outcome.Succeeded)
            return $"failed: {outcome.Error} at {outcome.Position}";
        return Same(expected, outcome.Value) ? null : $"gave {Describe(outcome.Value)} instead of {Describe(expected)}";
    }

    private static Value ReadValue(JsonElement typed)
    {
        var member = typed.EnumerateObject().Single();
        var content = member.Value;
        return member.Name switch
        {
            "null" => Value.Null,
            "bool" => content.GetBoolean(),
            "int" => long.Parse(content.GetString()!, CultureInfo.InvariantCulture),
            "uint" => Value.From(ulong.Parse(content.GetString()!, CultureInfo.InvariantCulture)),
            "double" => double.Parse(content.GetString()!, CultureInfo.InvariantCulture),
            "string" => content.GetString(),
            "bytes_hex" => BytesValue.Own(Convert.FromHexString(content.GetString()!)),
            "type" => TypeValue.Find(content.GetString()!),
            "list" => ListValue.Create(content.EnumerateArray().Select(ReadValue)),
            "map" =>
                ArrayMap.Own([.. content.EnumerateArray().Select(pair => KeyValuePair.Create(ReadValue(pair[0]), ReadValue(pair[1])))]),
            "timestamp" =>
                TimestampValue.TryCreate(Instant.FromUnixTimeSeconds(Seconds(content)) + Duration.FromNanoseconds(Nanos(content))),
            "duration" => new DurationValue((Seconds(content) * 1_000_000_000) + Nanos(content)),
            var other => throw new InvalidDataException($"There is no value of type '{other}'."),
        };
    }

    private static long Seconds(JsonElement json) => long.Parse(json.GetProperty("seconds").GetString()!, CultureInfo.InvariantCulture);

    private static long Nanos(JsonElement json) => long.Parse(json.GetProperty("nanos").GetString()!, CultureInfo.InvariantCulture);

    // Stricter than CEL's equality: kinds must agree and NaN is itself.
    private static bool Same(Value expected, Value actual)
    {
        if (expected.Kind != actual.Kind)
            return false;
        return expected.Kind switch
        {
            ValueKind.Double => expected.AsDouble().Equals(actual.AsDouble()),
            ValueKind.List =>
                expected.AsList().Count == actual.AsList().Count
                    && expected.AsList().Zip(actual.AsList()).All(pair => Same(pair.First, pair.Second)),
            ValueKind.Map => expected.AsMap().Count == actual.AsMap().Count && SameEntries(expected.AsMap(), actual.AsMap()),
            _ => expected.Equals(actual),
        };
    }

    private static bool SameEntries(MapValue expected, MapValue actual)
    {
        foreach (var entry in expected.Entries)
        {
            if (!actual.TryGet(entry.Key, out var value) || !Same(entry.Value, value))
                return false;
        }
        return true;
    }

    private static string Describe(Value value) =>
        JsonNormalizer.TryNormalize(value, out var json, out _) ? $"{value.Kind} {json.ToJson()}" : value.Kind.ToString();
}

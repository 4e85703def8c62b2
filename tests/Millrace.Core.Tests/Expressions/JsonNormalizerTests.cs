using Millrace.Core.Expressions;
using Millrace.Core.Values;
using NodaTime;

namespace Millrace.Core.Tests.Expressions;

public sealed class JsonNormalizerTests
{
    public static TheoryData<string, Value> Forms => new()
    {
        { "5", Value.From(5UL) },
        { "18446744073709551615", Value.From(ulong.MaxValue) },
        { "\"AQI=\"", BytesValue.Create([1, 2]) },
        { "\"2026-01-31T08:00:00.5Z\"", TimestampValue.TryCreate(Instant.FromUtc(2026, 1, 31, 8, 0) + Duration.FromMilliseconds(500)) },
        { "\"1.5s\"", new DurationValue(1_500_000_000) },
        { "\"int\"", TypeValue.Of(ValueKind.Int) },
        { "null", OptionalValue.None },
        { "\"x\"", OptionalValue.Of("x") },
        { "[1,null]", Value.List(Value.From(1UL), OptionalValue.None) },
        { "{\"1\":\"a\",\"true\":2}", ArrayMap.Own([new(1L, "a"), new(true, Value.From(2UL))]) },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_value_has_a_form_in_json(string json, Value value)
    {
        Assert.True(JsonNormalizer.TryNormalize(value, out var normalized, out var error), error);
        Assert.True(normalized.IsJson);
        Assert.Equal(ValueJson.Parse(json).ToJson(), normalized.ToJson());
    }

    [Fact]
    public void Json_is_given_back_as_it_is()
    {
        var json = ValueJson.Parse("""{"a": [1, 2.5, {"b": null}]}""");
        Assert.True(JsonNormalizer.TryNormalize(json, out var normalized, out _));
        Assert.Same(json.AsHeap(), normalized.AsHeap());
    }

    [Fact]
    public void An_error_deep_inside_is_an_error()
    {
        Assert.False(JsonNormalizer.TryNormalize(Value.List(1, Value.List(double.PositiveInfinity)), out _, out var error));
        Assert.Equal("Infinity has no form in JSON", error);
        Assert.False(JsonNormalizer.TryNormalize(ArrayMap.Own([new(1L, 1), new("1", 2)]), out _, out error));
        Assert.Equal("the key '1' occurs twice once it is text", error);
    }
}

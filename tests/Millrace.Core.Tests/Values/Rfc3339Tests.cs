using Millrace.Core.Definitions;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Tests.Values;

public sealed class Rfc3339Tests
{
    [Theory]
    [InlineData("2026-01-31", "2026-01-31T00:00:00.0000000Z")]
    [InlineData("2026-01-31T08:00:00", "2026-01-31T08:00:00.0000000Z")]
    [InlineData("2026-01-31T08:00:00Z", "2026-01-31T08:00:00.0000000Z")]
    [InlineData("2026-01-31t08:00:00z", "2026-01-31T08:00:00.0000000Z")]
    [InlineData("2026-01-31 08:00:00.5+02:00", "2026-01-31T06:00:00.5000000Z")]
    [InlineData("2026-01-31T08:00:00.123456789-23:59", "2026-02-01T07:59:00.1234567Z")]
    [InlineData("2026-01-31T08:00", "2026-01-31T08:00:00.0000000Z")]
    [InlineData("2026-01-31T08:00Z", "2026-01-31T08:00:00.0000000Z")]
    [InlineData("2026-01-31 08:00+0100", "2026-01-31T07:00:00.0000000Z")]
    [InlineData("2026-01-31T08:00:00.5-0130", "2026-01-31T09:30:00.5000000Z")]
    [InlineData("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.0000000Z")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00.0000000Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")]
    public void A_date_is_read_as_it_is_written(string text, string expected)
    {
        Assert.True(Rfc3339.TryParse(text, out var time));
        Assert.Equal(expected, time.UtcDateTime.ToString("O"));
    }

    [Theory]
    [InlineData("3.4.2030")]
    [InlineData("12:00")]
    [InlineData("1.5")]
    [InlineData("3.4")]
    [InlineData("")]
    [InlineData("2026")]
    [InlineData("2026-1-31")]
    [InlineData("20260131")]
    [InlineData("01/31/2026")]
    [InlineData("31 January 2026")]
    [InlineData(" 2026-01-31")]
    [InlineData("2026-01-31 ")]
    [InlineData("2026-02-29")]
    [InlineData("2026-00-01")]
    [InlineData("2026-13-01")]
    [InlineData("0000-01-01")]
    [InlineData("2026-01-31T08")]
    [InlineData("2026-01-31T08:")]
    [InlineData("2026-01-31T08:00:")]
    [InlineData("2026-01-31T08:00.5")]
    [InlineData("2026-01-31T0800")]
    [InlineData("2026-01-31T08:00:00+02")]
    [InlineData("2026-01-31T08:00:00+020")]
    [InlineData("2026-01-31T08:00:00+2400")]
    [InlineData("2026-01-31T08:00:00+02000")]
    [InlineData("2026-01-31T8:00:00Z")]
    [InlineData("2026-01-31T24:00:00Z")]
    [InlineData("2026-01-31T08:60:00Z")]
    [InlineData("2026-01-31T08:00:60Z")]
    [InlineData("2026-01-31T08:00:00.Z")]
    [InlineData("2026-01-31T08:00:00,5Z")]
    [InlineData("2026-01-31T08:00:00+2:00")]
    [InlineData("2026-01-31T08:00:00 Z")]
    [InlineData("2026-01-31T08:00:00CET")]
    [InlineData("2026-01-31T")]
    [InlineData("２０２６-01-31")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    public void What_is_no_date_is_not_guessed(string text)
    {
        Assert.False(Rfc3339.TryParse(text, out _));
        var schema = Schema.Compile(MapValue.Of("format", "date-time"), out _)!;
        Assert.NotEmpty(schema.Validate(text));
    }

    [Theory]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T08:00:00")]
    [InlineData("2026-01-31T08:00")]
    [InlineData("2026-01-31T08:00Z")]
    [InlineData("2026-01-31T08:00+01:00")]
    [InlineData("2026-01-31T08:00:00+0100")]
    [InlineData("2026-01-31T08:00:00.5+0100")]
    public void A_schema_wants_seconds_and_a_zone(string text)
    {
        Assert.True(Rfc3339.TryParse(text, out _));
        var schema = Schema.Compile(MapValue.Of("format", "date-time"), out _)!;
        Assert.Contains("with seconds, and a zone as +01:00 or Z", Assert.Single(schema.Validate(text)).Message, StringComparison.Ordinal);
        Assert.Empty(schema.Validate("2026-01-31T08:00:00+01:00"));
    }

    [Theory]
    [InlineData("1,000ms")]
    [InlineData("1,5h")]
    [InlineData("1.5")]
    [InlineData("10 %")]
    [InlineData("-5s")]
    [InlineData("٣s")]
    public void What_is_no_duration_is_not_guessed(string text) => Assert.False(Durations.TryParse(text, out _));
}

using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;
using NodaTime;
using NodaTime.Text;

namespace Millrace.Core.Expressions.Functions;

/// <summary>Timestamps and durations. A time zone is an IANA name or an offset such as "+02:00"; without one it is UTC.</summary>
internal static class TimeFunctions
{
    private const long PerSecond = 1_000_000_000;
    private static readonly OffsetPattern HoursAndMinutes = OffsetPattern.CreateWithInvariantCulture("+HH:mm");

    public static void Register(FunctionTable table)
    {
        table
            .Function("timestamp(timestamp)", Conversions.Same)
            .Function("timestamp(string)", TimestampFromText)
            .Function("timestamp(int)", TimestampFromSeconds);
        table.Function("duration(duration)", Conversions.Same).Function("duration(string)", DurationFromText);
        Part(table, "getFullYear", static local => local.Year);
        Part(table, "getMonth", static local => local.Month - 1);
        Part(table, "getDate", static local => local.Day);
        Part(table, "getDayOfMonth", static local => local.Day - 1);
        Part(table, "getDayOfYear", static local => local.DayOfYear - 1);
        Part(table, "getDayOfWeek", static local => (int)local.DayOfWeek % 7);
        Part(table, "getHours", static local => local.Hour);
        Part(table, "getMinutes", static local => local.Minute);
        Part(table, "getSeconds", static local => local.Second);
        Part(table, "getMilliseconds", static local => local.Millisecond);
        Length(table, "getHours", static nanoseconds => nanoseconds / (3600 * PerSecond));
        Length(table, "getMinutes", static nanoseconds => nanoseconds / (60 * PerSecond));
        Length(table, "getSeconds", static nanoseconds => nanoseconds / PerSecond);
        Length(table, "getMilliseconds", static nanoseconds => nanoseconds % PerSecond / 1_000_000);
    }

    private static void Part(FunctionTable table, string name, Func<LocalDateTime, int> part)
    {
        Implementation implementation = (ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result) =>
        {
            result = default;
            var instant = arguments[0].AsTimestamp().Instant;
            if (arguments.Length == 1)
            {
                result = (long)part(instant.InUtc().LocalDateTime);
                return true;
            }
            if (FindZone(arguments[1].AsString()) is not { } zone)
                return frame.Fail(
                    static (found, _) =>
                        $"unknown time zone {Texts.Show(found)}; use an IANA name such as 'Europe/Berlin' or an offset such as '+02:00'",
                    arguments[1],
                    position);
            // The local time is the UTC time of an instant that is shifted by the offset.
            if (TimestampValue.TryShift(instant, zone.GetUtcOffset(instant).Nanoseconds) is not { } local)
                return OutOfRange(ref frame, position);
            result = (long)part(local.Instant.InUtc().LocalDateTime);
            return true;
        };
        table.Method($"timestamp.{name}()", implementation).Method($"timestamp.{name}(string)", implementation);
    }

    private static void Length(FunctionTable table, string name, Func<long, long> part) =>
        table.Method($"duration.{name}()", (ref EvaluationFrame _, ReadOnlySpan<Value> arguments, int _, out Value result) =>
        {
            result = part(arguments[0].AsDuration().Nanoseconds);
            return true;
        });

    private static DateTimeZone? FindZone(string name)
    {
        if (name.Length == 0)
            return null;
        if (!char.IsAsciiDigit(name[0]) && name[0] is not ('+' or '-'))
            return DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);
        var text = char.IsAsciiDigit(name[0]) ? "+" + name : name;
        var offset = HoursAndMinutes.Parse(text);
        return offset.Success ? DateTimeZone.ForOffset(offset.Value) : null;
    }

    private static bool OutOfRange(ref EvaluationFrame frame, int position) =>
        frame.Fail(static (_, _) => "the timestamp is out of range: years 1 to 9999", position);

    private static bool TimestampFromText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var parsed = OffsetDateTimePattern.Rfc3339.Parse(arguments[0].AsString());
        if (!parsed.Success)
            return frame.Fail(
                static (text, _) => $"cannot convert {Texts.Show(text)} to timestamp; it must look like 2026-01-31T08:00:00Z",
                arguments[0],
                position);
        // Shifted here, because the library throws where an offset leads out of its calendar.
        result = TimestampValue.TryShift(parsed.Value.LocalDateTime.InUtc().ToInstant(), -parsed.Value.Offset.Nanoseconds);
        return result.IsNull ? OutOfRange(ref frame, position) : frame.Allocate(32, position);
    }

    private static bool TimestampFromSeconds(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        const long First = -62_135_596_800;
        const long Last = 253_402_300_799;
        var seconds = arguments[0].AsInt();
        result = seconds is >= First and <= Last ? TimestampValue.TryCreate(Instant.FromUnixTimeSeconds(seconds)) : null;
        return result.IsNull ? OutOfRange(ref frame, position) : frame.Allocate(32, position);
    }

    private static bool DurationFromText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var valid = DurationText.TryParse(arguments[0].AsString(), out var nanoseconds);
        result = new DurationValue(nanoseconds);
        if (!valid)
            return frame.Fail(
                static (text, _) =>
                    $"cannot convert {Texts.Show(text)} to duration; it must look like 1h30m, 1.5s or 200ms, and be below 292 years",
                arguments[0],
                position);
        return frame.Allocate(24, position);
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions;

/// <summary>
/// Lengths of time as authors write them: ISO 8601 ("PT30S", "P1DT2H"), a number of milliseconds, or short text ("30s", "1h30m").
/// Years and months are refused: they have no fixed length.
/// </summary>
public static class Durations
{
    /// <summary>The longest that is read.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(3_660);

    private static readonly SearchValues<char> IsoNumber = SearchValues.Create("0123456789.,");
    private static readonly SearchValues<char> ShortNumber = SearchValues.Create("0123456789.");

    /// <summary>What is accepted, for messages.</summary>
    public const string Expected = "a duration such as \"PT30S\", \"30s\" or a number of milliseconds";

    /// <summary>What <see cref="TryReadSeconds"/> accepts, for messages.</summary>
    public const string ExpectedSeconds = "a duration such as \"PT1H\", \"1h\" or a number of seconds";

    /// <summary>Reads a duration; false where the value is none, is negative or is longer than <see cref="Longest"/>.</summary>
    public static bool TryRead(Value value, out TimeSpan duration)
    {
        duration = default;
        return value.Kind switch
        {
            ValueKind.Int => TryFromMilliseconds((decimal)value.AsInt(), out duration),
            ValueKind.Double => TryFromMilliseconds(value.AsDouble(), out duration),
            ValueKind.String => TryParse(value.AsString(), out duration),
            _ => false,
        };
    }

    /// <summary>As <see cref="TryRead"/>, but a bare number is seconds, as everybody means it by a time to live.</summary>
    public static bool TryReadSeconds(Value value, out TimeSpan duration) => value.Kind switch
    {
        ValueKind.Int => TryFromMilliseconds(value.AsInt() * 1_000m, out duration),
        ValueKind.Double => TryFromMilliseconds(value.AsDouble() * 1_000, out duration),
        _ => TryRead(value, out duration),
    };

    /// <summary>Reads ISO 8601 or short text.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan().Trim();
        if (rest.Length is 0 or > 40)
            return false;
        var milliseconds = rest[0] is 'P' or 'p' ? ParseIso(rest[1..]) : ParseShort(rest);
        return milliseconds is { } number && TryFromMilliseconds(number, out duration);
    }

    /// <summary>A sentence about a bare number so small that seconds were probably meant; null where there is no doubt.</summary>
    public static string? Suspicion(Value value, int below) => value.TryGetInt(out var number) && number > 0 && number < below
        ? $"{number} is read as milliseconds; write \"PT{number}S\" if seconds are meant."
        : null;

    /// <summary>The duration as ISO 8601, exact to the tick.</summary>
    public static string ToIso(TimeSpan duration)
    {
        var text = new StringBuilder("P");
        if (duration.Days > 0)
            text.Append(duration.Days).Append('D');
        var time = duration - TimeSpan.FromDays(duration.Days);
        if (time == TimeSpan.Zero && text.Length > 1)
            return text.ToString();
        text.Append('T');
        if (time.Hours > 0)
            text.Append(time.Hours).Append('H');
        if (time.Minutes > 0)
            text.Append(time.Minutes).Append('M');
        var ticks = time.Ticks % TimeSpan.TicksPerMinute;
        if (ticks > 0 || text[^1] == 'T')
            text.Append(((decimal)ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture)).Append('S');
        return text.ToString();
    }

    private static bool TryFromMilliseconds(double milliseconds, out TimeSpan duration)
    {
        duration = default;
        return milliseconds >= 0 && milliseconds <= Longest.TotalMilliseconds && TryFromMilliseconds((decimal)milliseconds, out duration);
    }

    private static bool TryFromMilliseconds(decimal milliseconds, out TimeSpan duration)
    {
        duration = default;
        if (milliseconds < 0 || milliseconds > (decimal)Longest.TotalMilliseconds)
            return false;
        duration = TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond));
        return true;
    }

    private static decimal? ParseIso(ReadOnlySpan<char> text)
    {
        var separator = text.IndexOfAny('T', 't');
        var dates = separator < 0 ? text : text[..separator];
        var times = separator < 0 ? [] : text[(separator + 1)..];
        if ((dates.IsEmpty && times.IsEmpty) || (separator >= 0 && times.IsEmpty))
            return null;
        return ParseParts(dates, IsoNumber, IsoDateUnit) + ParseParts(times, IsoNumber, IsoTimeUnit);
    }

    private static decimal? ParseShort(ReadOnlySpan<char> text) => ParseParts(text, ShortNumber, ShortUnit);

    // Numbers each followed by a unit; null where anything else stands there or a unit repeats. A comma is a decimal sign in ISO 8601
    // alone: elsewhere "1,000ms" may be a thousand.
    private static decimal? ParseParts(ReadOnlySpan<char> text, SearchValues<char> number, Func<string, decimal?> unitOf)
    {
        var total = 0m;
        var last = decimal.MaxValue;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(number);
            if (digits <= 0
                || !decimal.TryParse(
                    text[..digits].ToString().Replace(',', '.'),
                    NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture,
                    out var amount))
                return null;
            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var unit = unitOf((letters < 0 ? text : text[..letters]).Trim().ToString().ToUpperInvariant());
            if (unit is not { } milliseconds || milliseconds >= last || amount > 1e15m)
                return null;
            total += amount * milliseconds;
            last = milliseconds;
            text = letters < 0 ? [] : text[letters..];
        }
        return total;
    }

    private static decimal? IsoDateUnit(string unit) => unit switch { "W" => 604_800_000m, "D" => 86_400_000m, _ => null };

    private static decimal? IsoTimeUnit(string unit) => unit switch { "H" => 3_600_000m, "M" => 60_000m, "S" => 1_000m, _ => null };

    private static decimal? ShortUnit(string unit) => unit switch
    {
        "MS" => 1m,
        "S" or "SEC" or "SECOND" or "SECONDS" => 1_000m,
        "M" or "MIN" or "MINUTE" or "MINUTES" => 60_000m,
        "H" or "HOUR" or "HOURS" => 3_600_000m,
        "D" or "DAY" or "DAYS" => 86_400_000m,
        "W" or "WEEK" or "WEEKS" => 604_800_000m,
        _ => null,
    };
}

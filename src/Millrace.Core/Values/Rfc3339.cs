namespace Millrace.Core.Values;

/// <summary>Dates and times from outside, read strictly: "3.4.2030", "12:00" and "1.5" mean something else to everybody.</summary>
public static class Rfc3339
{
    private const int DateLength = 10;
    private const int TickDigits = 7;

    /// <summary>What is accepted, for messages.</summary>
    public const string Expected = "a date or a date and time such as 2026-01-31 or 2026-01-31T08:00:00Z";

    /// <summary>
    /// Reads a date (its start) or a date and time of RFC 3339, in UTC where it names no zone. The seconds, and the colon of a zone, may be
    /// left out. Fractions of a second are cut to 100 nanoseconds; leap seconds are none. False for anything else.
    /// </summary>
    /// <param name="text">The whole text; blanks around it are not allowed.</param>
    /// <param name="time">The time, in UTC.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (!TryDate(text, out var date))
            return false;
        var (ticks, offset) = (0L, 0L);
        if (text.Length > DateLength && !(TryTime(text[DateLength..], out ticks, out var zone) && TryZone(zone, out offset)))
            return false;
        var total = date.Ticks + ticks - offset;
        if (total < DateTime.MinValue.Ticks || total > DateTime.MaxValue.Ticks)
            return false;
        time = new DateTimeOffset(total, TimeSpan.Zero);
        return true;
    }

    private static bool TryDate(ReadOnlySpan<char> text, out DateTime date)
    {
        date = default;
        if (text.Length < DateLength || text[4] != '-' || text[7] != '-'
            || !TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var day)
            || year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month))
            return false;
        date = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Unspecified);
        return true;
    }

    // "T08:00:00.25", with the zone left over.
    private static bool TryTime(ReadOnlySpan<char> text, out long ticks, out ReadOnlySpan<char> zone)
    {
        ticks = 0;
        zone = default;
        if (text is not ['T' or 't' or ' ', _, _, ':', _, _, .. var rest] || !TryClock(text[1..3], text[4..6], out ticks))
            return false;
        zone = rest;
        if (zone is not [':', ..])
            return true;
        if (zone.Length < 3 || !TryDigits(zone[1..3], out var seconds) || seconds > 59)
            return false;
        ticks += seconds * TimeSpan.TicksPerSecond;
        zone = zone[3..];
        if (zone is not ['.', ..])
            return true;
        var end = zone[1..].IndexOfAnyExceptInRange('0', '9');
        var fraction = end < 0 ? zone[1..] : zone[1..(end + 1)];
        zone = end < 0 ? [] : zone[(end + 1)..];
        var unit = TimeSpan.TicksPerSecond;
        foreach (var digit in fraction[..Math.Min(fraction.Length, TickDigits)])
            ticks += (digit - '0') * (unit /= 10);
        return fraction.Length > 0;
    }

    private static bool TryZone(ReadOnlySpan<char> text, out long offset)
    {
        offset = 0;
        if (text is [] or ['Z' or 'z'])
            return true;
        if (text is not (['+' or '-', _, _, ':', _, _] or ['+' or '-', _, _, _, _]) || !TryClock(text[1..3], text[^2..], out offset))
            return false;
        offset = text[0] == '-' ? -offset : offset;
        return true;
    }

    private static bool TryClock(ReadOnlySpan<char> hours, ReadOnlySpan<char> minutes, out long ticks)
    {
        ticks = 0;
        if (!TryDigits(hours, out var hour) || !TryDigits(minutes, out var minute) || hour > 23 || minute > 59)
            return false;
        ticks = (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = (number * 10) + (c - '0');
        }
        return true;
    }
}

namespace Millrace.Core.Expressions.Functions;

/// <summary>Durations as text: one or more numbers with units, as in "1h30m", "-1.5s" or "200ms".</summary>
internal static class DurationText
{
    public static bool TryParse(string text, out long nanoseconds)
    {
        nanoseconds = 0;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-", StringComparison.Ordinal);
        if (negative || rest.StartsWith("+", StringComparison.Ordinal))
            rest = rest[1..];
        if (rest is "0")
            return true;
        if (rest.IsEmpty)
            return false;
        var total = Int128.Zero;
        while (!rest.IsEmpty)
        {
            if (!TryReadNumber(ref rest, out var whole, out var fraction, out var scale) || !TryReadUnit(ref rest, out var unit))
                return false;
            total += (whole * unit) + (fraction * unit / scale);
            if (total > (Int128)long.MaxValue + 1)
                return false;
        }
        total = negative ? -total : total;
        nanoseconds = unchecked((long)total);
        return total >= long.MinValue && total <= long.MaxValue;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<char> text, out Int128 whole, out Int128 fraction, out Int128 scale)
    {
        (whole, fraction, scale) = (0, 0, 1);
        var read = 0;
        for (; read < text.Length && char.IsAsciiDigit(text[read]); read++)
        {
            whole = (whole * 10) + (text[read] - '0');
            if (whole > long.MaxValue)
                return false;
        }
        var digits = read;
        if (read < text.Length && text[read] == '.')
        {
            for (read++; read < text.Length && char.IsAsciiDigit(text[read]); read++)
            {
                digits++;
                // Digits beyond a nanosecond's share of an hour change nothing.
                if (scale >= 1_000_000_000_000_000)
                    continue;
                fraction = (fraction * 10) + (text[read] - '0');
                scale *= 10;
            }
        }
        text = text[read..];
        return digits > 0;
    }

    private static bool TryReadUnit(ref ReadOnlySpan<char> text, out Int128 nanoseconds)
    {
        var length = 0;
        while (length < text.Length && !char.IsAsciiDigit(text[length]) && text[length] != '.')
            length++;
        nanoseconds = text[..length] switch
        {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" or "\u00B5s" or "\u03BCs" => 1_000,
            "ns" => 1,
            _ => 0,
        };
        text = text[length..];
        return nanoseconds > 0;
    }
}

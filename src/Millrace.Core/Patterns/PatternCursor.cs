using System.Globalization;

namespace Millrace.Core.Patterns;

/// <summary>A place in the text of a pattern. The first failure is kept, and ends the text.</summary>
internal sealed class PatternCursor(string source)
{
    // Each is sorted with the others of its class.
    private const int MaxRanges = 30_000;

    private int _position;
    private int _ranges;

    public string? Error { get; private set; }

    public bool AtEnd => _position >= source.Length;

    public void Fail(string message)
    {
        Error ??= message;
        _position = source.Length;
    }

    /// <summary>Counts the ranges of code points that classes are made of.</summary>
    public void CountRanges(int count)
    {
        if ((_ranges += count) > MaxRanges)
            Fail($"its classes are too large: at most {MaxRanges} ranges of characters in all");
    }

    public bool Sees(char c) => !AtEnd && source[_position] == c;

    public bool Sees(string text) => string.CompareOrdinal(source, _position, text, 0, text.Length) == 0;

    /// <summary>Whether a mark is still to come.</summary>
    public bool Has(string mark) => !AtEnd && source.IndexOf(mark, _position, StringComparison.Ordinal) >= 0;

    public bool TryTake(string text)
    {
        if (!Sees(text))
            return false;
        _position += text.Length;
        return true;
    }

    /// <summary>The next code point; -1 at the end.</summary>
    public int Take()
    {
        if (AtEnd)
            return -1;
        var c = source[_position++];
        var isPair = char.IsHighSurrogate(c) && !AtEnd && char.IsLowSurrogate(source[_position]);
        return isPair ? char.ConvertToUtf32(c, source[_position++]) : c;
    }

    /// <summary>The text up to a mark, and past it; null where there is none.</summary>
    public string? TakeUntil(string mark)
    {
        var end = AtEnd ? -1 : source.IndexOf(mark, _position, StringComparison.Ordinal);
        if (end < 0)
            return null;
        var text = source[_position..end];
        _position = end + mark.Length;
        return text;
    }

    /// <summary>The code points up to "\E", or to the end.</summary>
    public IEnumerable<int> TakeQuoted()
    {
        while (!AtEnd && !TryTake(@"\E"))
            yield return Take();
    }

    /// <summary>A group's name and its "&gt;".</summary>
    public bool TakeName() => TakeUntil(">") is { Length: > 0 } name && name.All(c => CodePointSet.Word.Contains(c));

    /// <summary>So many digits in a base, at least one and at most a number of them; null where there are none.</summary>
    public int? TakeDigits(int radix, int most)
    {
        var (number, count) = (0, 0);
        for (; count < most && !AtEnd && DigitOf(source[_position]) is var digit && digit < radix; count++, _position++)
            number = (number * radix) + digit;
        return count == 0 ? null : number;
    }

    /// <summary>A number of exactly so many hexadecimal digits; null where there are fewer.</summary>
    public int? TakeCode(int digits)
    {
        var start = _position;
        var code = TakeDigits(16, digits);
        return _position - start == digits ? code : null;
    }

    /// <summary>"{n}", "{n,}" or "{n,m}"; anything else with a brace is text.</summary>
    public bool TryTakeCount(out int least, out int? most)
    {
        (least, most) = (0, null);
        var start = _position;
        if (TryTake("{") && TakeUntil("}") is { } bounds)
        {
            var comma = bounds.IndexOf(',', StringComparison.Ordinal);
            var hasMost = comma != bounds.Length - 1;
            if (TryNumber(comma < 0 ? bounds : bounds[..comma], out least) && (!hasMost || TryNumber(bounds[(comma + 1)..], out _)))
            {
                if (hasMost && TryNumber(bounds[(comma + 1)..], out var number))
                    most = number;
                return true;
            }
        }
        _position = start;
        return false;
    }

    // A number too long for an int is past every bound all the same.
    private static bool TryNumber(string text, out int number)
    {
        number = int.MaxValue;
        return text.Length > 0 && text.All(char.IsAsciiDigit)
            && (text.Length > 9 || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number));
    }

    private static int DigitOf(char c) => char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : int.MaxValue;
}

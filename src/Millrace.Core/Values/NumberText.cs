using System.Globalization;
using System.Text;

namespace Millrace.Core.Values;

/// <summary>
/// The one rule for numbers in text: whole numbers keep their digits, up to 64 bits; others are doubles, written as the shortest text
/// that reads back as the same one.
/// </summary>
internal static class NumberText
{
    /// <summary>Why a whole number beyond 64 bits is refused, as a sentence.</summary>
    public const string TooManyDigits = "The number has more digits than are kept; write it as text.";

    /// <summary>Why a number with an exponent may be refused, as a sentence.</summary>
    public const string TooLarge = "The number is too large.";

    private const int GreatestPlainExponent = 20;
    private const int LeastPlainExponent = -6;
    private const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>The shortest text of a double; an exponent only below 1e-6 and from 1e21 on.</summary>
    public static string Of(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        if (mark < 0)
            return text;
        var exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return exponent is < LeastPlainExponent or > GreatestPlainExponent
            ? $"{text[..mark]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}"
            : Plain(text[..mark], exponent);
    }

    /// <summary>A double in JSON: never taken for a whole number when it is read again.</summary>
    public static string Json(double number)
    {
        var text = Of(number);
        return text.AsSpan().ContainsAny('.', 'e') ? text : text + ".0";
    }

    /// <summary>
    /// Reads a whole text as a number: an optional sign, digits, a fraction, an exponent, and nothing else. False too for what does not
    /// fit, so that it stays the text it was.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out Value number)
    {
        number = default;
        if (TryReadWhole(text, out number))
            return true;
        var isReal = text.ContainsAny('.', 'e', 'E');
        if (!isReal || !double.TryParse(text, Real, CultureInfo.InvariantCulture, out var real) || !double.IsFinite(real))
            return false;
        number = real;
        return true;
    }

    /// <summary>Reads a whole number of at most 64 bits.</summary>
    public static bool TryReadWhole(ReadOnlySpan<char> text, out Value number)
    {
        var isSigned = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed);
        var isUnsigned = ulong.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unsigned);
        number = isSigned ? signed : Value.From(unsigned);
        return isSigned || isUnsigned;
    }

    // Digits without an exponent: 1.5, 8 is 150000000.
    private static string Plain(string mantissa, int exponent)
    {
        var sign = mantissa[0] == '-' ? "-" : "";
        mantissa = mantissa[sign.Length..];
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var point = (mantissa.IndexOf('.', StringComparison.Ordinal) is >= 0 and var at ? at : mantissa.Length) + exponent;
        if (point <= 0)
            return $"{sign}0.{new string('0', -point)}{digits}";
        var text = new StringBuilder(digits.PadRight(point, '0'));
        if (point < digits.Length)
            text.Insert(point, '.');
        return sign + text;
    }
}

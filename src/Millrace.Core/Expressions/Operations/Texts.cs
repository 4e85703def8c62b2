using System.Globalization;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>Shows values as text, for messages and conversions.</summary>
internal static class Texts
{
    private const int ShownLength = 40;

    /// <summary>A scalar as string(x) gives it; null for kinds that have no text of their own.</summary>
    public static string? TryConvert(in Value value) => value.Kind switch
    {
        ValueKind.Bool => value.AsBool() ? "true" : "false",
        ValueKind.Int => value.AsInt().ToString(CultureInfo.InvariantCulture),
        ValueKind.UInt => value.AsUInt().ToString(CultureInfo.InvariantCulture),
        ValueKind.Double => Number(value.AsDouble()),
        ValueKind.String => value.AsString(),
        ValueKind.Timestamp => value.AsTimestamp().ToString(),
        ValueKind.Duration => value.AsDuration().ToString(),
        ValueKind.Type => value.AsType().Name,
        _ => null,
    };

    /// <summary>The shortest text that reads back as the same double; an exponent only below 1e-6 and from 1e21 on.</summary>
    public static string Number(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        if (mark < 0)
            return text;
        var exponent = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -6 or >= 21)
            return $"{text[..mark]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        var negative = text[0] == '-';
        var mantissa = text[(negative ? 1 : 0)..mark];
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var point = (mantissa.IndexOf('.', StringComparison.Ordinal) is >= 0 and var at ? at : mantissa.Length) + exponent;
        var result = new StringBuilder(negative ? "-" : "");
        if (point <= 0)
            result.Append("0.").Append('0', -point).Append(digits);
        else
            result.Append(digits.PadRight(point, '0'));
        if (point > 0 && point < digits.Length)
            result.Insert(point + (negative ? 1 : 0), '.');
        return result.ToString();
    }

    /// <summary>A value as an error message quotes it: short, text in quotes, a list or map by its kind.</summary>
    public static string Show(in Value value)
    {
        if (value.IsNull)
            return "null";
        if (!value.TryGetString(out var text))
            return TryConvert(value) ?? Kinds.Name(value);
        return text.Length <= ShownLength ? $"'{text}'" : $"'{text[..ShownLength]}...'";
    }
}

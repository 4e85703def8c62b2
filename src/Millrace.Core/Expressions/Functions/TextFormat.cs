using System.Globalization;
using System.Numerics;
using System.Text;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>text.format(list) with the verbs %s %d %f %e %b %o %x %X and %%.</summary>
internal static class TextFormat
{
    private const int DefaultPrecision = 6;
    private const int MaxPrecision = 100;

    public static bool Format(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var (format, items) = (arguments[0].AsString(), arguments[1].AsList());
        var builder = new StringBuilder();
        var used = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                var end = format.IndexOf('%', i) is >= 0 and var found ? found : format.Length;
                if (!frame.AllocateText(end - i, position))
                    return false;
                builder.Append(format, i, end - i);
                i = end - 1;
                continue;
            }
            if (!TryReadVerb(ref frame, format, ref i, position, out var verb, out var precision))
                return false;
            if (verb == '%')
            {
                builder.Append('%');
                continue;
            }
            if (used >= items.Count)
                return frame.Fail(
                    static (count, _) => $"format has more verbs than the {Texts.Show(count)} values in the list",
                    (long)items.Count,
                    position);
            if (!Append(ref frame, builder, verb, precision, items[used++], position))
                return false;
        }
        result = builder.ToString();
        return true;
    }

    private static bool TryReadVerb(ref EvaluationFrame frame, string format, ref int i, int position, out char verb, out int precision)
    {
        precision = DefaultPrecision;
        verb = '\0';
        i++;
        if (i < format.Length && format[i] == '.')
        {
            var digits = i + 1;
            for (i = digits; i < format.Length && char.IsAsciiDigit(format[i]); i++)
            {
            }
            if (!int.TryParse(format.AsSpan(digits, i - digits), NumberStyles.None, CultureInfo.InvariantCulture, out precision)
                || precision > MaxPrecision)
                return frame.Fail(static (_, _) => "a precision in format must be a number up to 100, as in %.2f", position);
        }
        if (i < format.Length)
            verb = format[i];
        return verb is 's' or 'd' or 'f' or 'e' or 'b' or 'o' or 'x' or 'X' or '%'
            || frame.Fail(
                static (found, _) => $"unknown verb '%{found.AsString()}' in format; there are %s %d %f %e %b %o %x %X and %%",
                verb == '\0' ? "" : verb.ToString(),
                position);
    }

    private static bool Append(ref EvaluationFrame frame, StringBuilder builder, char verb, int precision, in Value value, int position)
    {
        if (verb == 's')
            return AppendText(ref frame, builder, value, position);
        var text = verb switch
        {
            'd' => Decimal(value),
            'f' => Real(value) is { } number ? Fixed(number, precision) : null,
            'e' => Real(value) is { } number ? Scientific(number, precision) : null,
            'b' => value.Kind == ValueKind.Bool ? (value.AsBool() ? "1" : "0") : Radix(value, 2),
            'o' => Radix(value, 8),
            _ => Hexadecimal(ref frame, value, verb == 'X', position),
        };
        if (text is null)
            return !frame.Exhausted
                && frame.Fail(
                    static (found, wanted) => $"%{wanted.AsString()} in format cannot take {Kinds.Name(found)}",
                    value,
                    verb.ToString(),
                    position);
        builder.Append(text);
        return frame.AllocateText(text.Length, position);
    }

    // Scalars as string(x), null as null, lists and maps with their texts unquoted; map entries in the order of their keys' texts.
    private static bool AppendText(ref EvaluationFrame frame, StringBuilder builder, in Value value, int position)
    {
        if (value.TryGetList(out var list))
        {
            builder.Append('[');
            for (var i = 0; i < list.Count; i++)
            {
                builder.Append(i > 0 ? ", " : "");
                if (!AppendText(ref frame, builder, list[i], position))
                    return false;
            }
            builder.Append(']');
            return frame.AllocateText((list.Count * 2L) + 2, position);
        }
        if (value.TryGetMap(out var map))
            return AppendMap(ref frame, builder, map, position);
        var text = value.Kind switch
        {
            ValueKind.Null => "null",
            ValueKind.Bytes => Encoding.UTF8.GetString(value.AsBytes().Span),
            _ => Texts.TryConvert(value),
        };
        if (text is null)
            return frame.Fail(static (found, _) => $"%s in format cannot take {Kinds.Name(found)}", value, position);
        builder.Append(text);
        return frame.AllocateText(text.Length, position);
    }

    private static bool AppendMap(ref EvaluationFrame frame, StringBuilder builder, MapValue map, int position)
    {
        if (!frame.AllocateItems(map.Count * 2L, position))
            return false;
        var keys = new List<(string Text, Value Value)>(map.Count);
        foreach (var entry in map.Entries)
            keys.Add((Texts.TryConvert(entry.Key) ?? "", entry.Value));
        keys.Sort(static (a, b) => string.CompareOrdinal(a.Text, b.Text));
        builder.Append('{');
        for (var i = 0; i < keys.Count; i++)
        {
            builder.Append(i > 0 ? ", " : "").Append(keys[i].Text).Append(": ");
            if (!frame.AllocateText(keys[i].Text.Length + 4, position) || !AppendText(ref frame, builder, keys[i].Value, position))
                return false;
        }
        builder.Append('}');
        return true;
    }

    private static string? Decimal(in Value value) => Kinds.IsNumber(value.Kind) ? Texts.TryConvert(value) : null;

    private static double? Real(in Value value) => Kinds.IsNumber(value.Kind) ? Arithmetic.ToDouble(value) : null;

    // Exact digits with ties to even, as C and Go print; .NET rounds ties away from zero.
    private static string Fixed(double number, int precision)
    {
        if (!double.IsFinite(number))
            return NumberText.Of(number);
        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (exponent > 0 ? 1L << 52 : 0));
        var power = Math.Max(exponent, 1) - 1075;
        var scaled = mantissa * BigInteger.Pow(10, precision);
        if (power >= 0)
        {
            scaled <<= power;
        }
        else
        {
            var divisor = BigInteger.One << -power;
            scaled = BigInteger.DivRem(scaled, divisor, out var rest);
            var sense = (rest << 1).CompareTo(divisor);
            if (sense > 0 || (sense == 0 && !scaled.IsEven))
                scaled += BigInteger.One;
        }
        var digits = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        var sign = double.IsNegative(number) ? "-" : "";
        return precision == 0 ? sign + digits : $"{sign}{digits[..^precision]}.{digits[^precision..]}";
    }

    private static string Scientific(double number, int precision)
    {
        if (!double.IsFinite(number))
            return NumberText.Of(number);
        var text = number.ToString($"e{precision}", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('e', StringComparison.Ordinal);
        // .NET writes three digits of exponent; two are the custom of C.
        return text[mark + 2] == '0' ? text.Remove(mark + 2, 1) : text;
    }

    private static string? Radix(in Value value, int radix)
    {
        if (value.Kind is not (ValueKind.Int or ValueKind.UInt))
            return null;
        var negative = value.TryGetInt(out var signed) && signed < 0;
        var magnitude = negative ? unchecked((ulong)-signed) : value.Kind == ValueKind.Int ? (ulong)signed : value.AsUInt();
        Span<char> digits = stackalloc char[65];
        var start = digits.Length;
        do
        {
            digits[--start] = "0123456789abcdef"[(int)(magnitude % (uint)radix)];
            magnitude /= (uint)radix;
        }
        while (magnitude > 0);
        return (negative ? "-" : "") + digits[start..].ToString();
    }

    private static string? Hexadecimal(ref EvaluationFrame frame, in Value value, bool upper, int position)
    {
        if (value.Kind is ValueKind.String or ValueKind.Bytes)
        {
            if (!frame.AllocateText(value.Weight * 4L, position))
                return null;
            var octets = value.TryGetString(out var text) ? Encoding.UTF8.GetBytes(text) : value.AsBytes().Span;
            return upper ? Convert.ToHexString(octets) : Convert.ToHexStringLower(octets);
        }
        var number = Radix(value, 16);
        return upper ? number?.ToUpperInvariant() : number;
    }
}

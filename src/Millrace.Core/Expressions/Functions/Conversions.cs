using System.Globalization;
using System.Text;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>type(x), dyn(x) and the conversions between kinds.</summary>
internal static class Conversions
{
    private const NumberStyles RealNumber = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public static void Register(FunctionTable table)
    {
        table.Function("dyn(any)", Same).Function("type(any)", TypeOf);
        table.Function("bool(bool)", Same).Function("bool(string)", BoolFromText);
        table.Function("int(int)", Same).Function("int(uint)", IntFromUInt).Function("int(double)", IntFromDouble)
            .Function("int(string)", IntFromText).Function("int(timestamp)", IntFromTimestamp);
        table.Function("uint(uint)", Same).Function("uint(int)", UIntFromInt).Function("uint(double)", UIntFromDouble)
            .Function("uint(string)", UIntFromText);
        table.Function("double(double)", Same).Function("double(int)", ToDouble).Function("double(uint)", ToDouble)
            .Function("double(string)", DoubleFromText);
        table.Function("bytes(bytes)", Same).Function("bytes(string)", BytesFromText);
        foreach (var kind in new[] { "string", "bool", "int", "uint", "double", "timestamp", "duration", "type" })
            table.Function($"string({kind})", ToText);
        table.Function("string(bytes)", TextFromBytes);
        table.Function("comparable(any, any)", Comparable);
    }

    public static bool Same(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = arguments[0];
        return true;
    }

    private static bool TypeOf(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = TypeValue.Of(arguments[0].Kind);
        return true;
    }

    private static bool Cannot(ref EvaluationFrame frame, in Value value, string kind, int position) =>
        frame.Fail(static (from, to) => $"cannot convert {Texts.Show(from)} to {to.AsString()}", value, kind, position);

    private static bool BoolFromText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        bool? truth = arguments[0].AsString() switch
        {
            "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
            "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
            _ => null,
        };
        result = truth ?? false;
        return truth is not null || Cannot(ref frame, arguments[0], "bool", position);
    }

    private static bool IntFromUInt(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var number = arguments[0].AsUInt();
        result = unchecked((long)number);
        return number <= long.MaxValue || Cannot(ref frame, arguments[0], "int", position);
    }

    private static bool IntFromDouble(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var number = arguments[0].AsDouble();
        var fits = number is > -9223372036854775808.0 and < 9223372036854775808.0;
        result = fits ? (long)number : 0L;
        return fits || Cannot(ref frame, arguments[0], "int", position);
    }

    private static bool IntFromText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var valid = long.TryParse(arguments[0].AsString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        result = number;
        return valid || Cannot(ref frame, arguments[0], "int", position);
    }

    private static bool IntFromTimestamp(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = arguments[0].AsTimestamp().Instant.ToUnixTimeSeconds();
        return true;
    }

    private static bool UIntFromInt(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var number = arguments[0].AsInt();
        result = Value.From(unchecked((ulong)number));
        return number >= 0 || Cannot(ref frame, arguments[0], "uint", position);
    }

    private static bool UIntFromDouble(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var number = arguments[0].AsDouble();
        var fits = number is > -1 and < 18446744073709551616.0;
        result = Value.From(fits ? (ulong)Math.Truncate(number) : 0UL);
        return fits || Cannot(ref frame, arguments[0], "uint", position);
    }

    private static bool UIntFromText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var valid = ulong.TryParse(arguments[0].AsString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        result = Value.From(number);
        return valid || Cannot(ref frame, arguments[0], "uint", position);
    }

    private static bool ToDouble(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = Arithmetic.ToDouble(arguments[0]);
        return true;
    }

    private static bool DoubleFromText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var text = arguments[0].AsString();
        double? number = text switch
        {
            "NaN" => double.NaN,
            "Infinity" or "+Infinity" or "Inf" or "+Inf" => double.PositiveInfinity,
            "-Infinity" or "-Inf" => double.NegativeInfinity,
            _ => double.TryParse(text, RealNumber, CultureInfo.InvariantCulture, out var parsed) && double.IsFinite(parsed) ? parsed : null,
        };
        result = number ?? 0;
        return number is not null || Cannot(ref frame, arguments[0], "double", position);
    }

    // The text of a number, where it is compared with one; anything else as it is.
    private static bool Comparable(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = arguments[0];
        if (!result.TryGetString(out var text) || !Kinds.IsNumber(arguments[1].Kind))
            return true;
        if (NumberText.TryRead(text, out var number))
            result = number;
        return true;
    }

    private static bool BytesFromText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var text = arguments[0].AsString();
        if (!frame.Allocate(text.Length * 3L, position))
            return false;
        result = BytesValue.Own(Encoding.UTF8.GetBytes(text));
        return true;
    }

    private static bool ToText(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = Texts.TryConvert(arguments[0]);
        return arguments[0].Kind == ValueKind.String || frame.AllocateText(result.AsString().Length, position);
    }

    private static bool TextFromBytes(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var octets = arguments[0].AsBytes().Span;
        if (!frame.AllocateText(octets.Length, position))
            return false;
        if (!System.Text.Unicode.Utf8.IsValid(octets))
            return frame.Fail(static (_, _) => "cannot convert bytes to string: they are not valid UTF-8; use base64.encode(x)", position);
        result = Encoding.UTF8.GetString(octets);
        return true;
    }
}

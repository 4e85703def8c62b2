using Millrace.Core.Expressions.Syntax;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>+ - * / %. Mixed numbers are computed as doubles, or as ints where both are whole.</summary>
internal static class Arithmetic
{
    public static bool Apply(ref EvaluationFrame frame, TokenKind sign, Value left, Value right, int position, out Value result)
    {
        if (left.TryGetInt(out var a) && right.TryGetInt(out var b))
            return Ints(ref frame, sign, a, b, position, out result);
        if (Kinds.IsNumber(left.Kind) && Kinds.IsNumber(right.Kind))
            return Numbers(ref frame, sign, left, right, position, out result);
        return sign switch
        {
            TokenKind.Plus => Add(ref frame, left, right, position, out result),
            TokenKind.Minus => Subtract(ref frame, left, right, position, out result),
            _ => NoOverload(ref frame, sign, left, right, position, out result),
        };
    }

    private static bool Ints(ref EvaluationFrame frame, TokenKind sign, long a, long b, int position, out Value result)
    {
        var wide = (Int128)a;
        switch (sign)
        {
            case TokenKind.Plus: wide += b; break;
            case TokenKind.Minus: wide -= b; break;
            case TokenKind.Times: wide *= b; break;
            default:
                if (b == 0)
                    return DivisionByZero(ref frame, sign, position, out result);
                // The smallest int modulo -1 is an overflow in hardware, and its quotient one in truth.
                wide = sign == TokenKind.Divide ? (b == -1 ? -wide : a / b) : (b == -1 ? 0 : a % b);
                break;
        }
        result = unchecked((long)wide);
        return (wide >= long.MinValue && wide <= long.MaxValue) || Overflow(ref frame, position);
    }

    private static bool UInts(ref EvaluationFrame frame, TokenKind sign, ulong a, ulong b, int position, out Value result)
    {
        var wide = (Int128)a;
        switch (sign)
        {
            case TokenKind.Plus: wide += b; break;
            case TokenKind.Minus: wide -= b; break;
            case TokenKind.Times:
                var product = (UInt128)a * b;
                result = Value.From(unchecked((ulong)product));
                return product <= ulong.MaxValue || Overflow(ref frame, position);
            default:
                if (b == 0)
                    return DivisionByZero(ref frame, sign, position, out result);
                wide = sign == TokenKind.Divide ? a / b : a % b;
                break;
        }
        result = Value.From(unchecked((ulong)wide));
        return (wide >= 0 && wide <= ulong.MaxValue) || Overflow(ref frame, position);
    }

    private static bool Numbers(ref EvaluationFrame frame, TokenKind sign, Value left, Value right, int position, out Value result)
    {
        if (left.Kind == ValueKind.UInt && right.Kind == ValueKind.UInt)
            return UInts(ref frame, sign, left.AsUInt(), right.AsUInt(), position, out result);
        if (left.Kind != ValueKind.Double && right.Kind != ValueKind.Double)
        {
            result = default;
            return TryInt(left, out var a) && TryInt(right, out var b)
                ? Ints(ref frame, sign, a, b, position, out result)
                : Overflow(ref frame, position);
        }
        var (x, y) = (ToDouble(left), ToDouble(right));
        switch (sign)
        {
            case TokenKind.Plus: result = x + y; return true;
            case TokenKind.Minus: result = x - y; return true;
            case TokenKind.Times: result = x * y; return true;
            case TokenKind.Divide: result = x / y; return true;
            default: return NoOverload(ref frame, sign, left, right, position, out result);
        }
    }

    public static double ToDouble(in Value number) => number.Kind switch
    {
        ValueKind.Int => number.AsInt(),
        ValueKind.UInt => number.AsUInt(),
        _ => number.AsDouble(),
    };

    private static bool TryInt(in Value number, out long value)
    {
        if (number.TryGetInt(out value))
            return true;
        value = unchecked((long)number.AsUInt());
        return value >= 0;
    }

    private static bool Add(ref EvaluationFrame frame, Value left, Value right, int position, out Value result)
    {
        result = default;
        switch (left.Kind, right.Kind)
        {
            case (ValueKind.String, ValueKind.String):
                var (head, tail) = (left.AsString(), right.AsString());
                if (!frame.AllocateText((long)head.Length + tail.Length, position))
                    return false;
                result = string.Concat(head, tail);
                return true;
            case (ValueKind.List, ValueKind.List):
                var (first, second) = (left.AsList(), right.AsList());
                if (!frame.AllocateItems((long)first.Count + second.Count, position))
                    return false;
                result = ListValue.Own([.. first.Span, .. second.Span]);
                return true;
            case (ValueKind.Bytes, ValueKind.Bytes):
                if (!frame.Allocate((long)left.AsBytes().Span.Length + right.AsBytes().Span.Length, position))
                    return false;
                result = BytesValue.Own([.. left.AsBytes().Span, .. right.AsBytes().Span]);
                return true;
            case (ValueKind.Timestamp, ValueKind.Duration):
                return Shift(ref frame, left.AsTimestamp(), right.AsDuration().Nanoseconds, position, out result);
            case (ValueKind.Duration, ValueKind.Timestamp):
                return Shift(ref frame, right.AsTimestamp(), left.AsDuration().Nanoseconds, position, out result);
            case (ValueKind.Duration, ValueKind.Duration):
                return Length(ref frame, (Int128)left.AsDuration().Nanoseconds + right.AsDuration().Nanoseconds, position, out result);
            default:
                return NoOverload(ref frame, TokenKind.Plus, left, right, position, out result);
        }
    }

    private static bool Subtract(ref EvaluationFrame frame, Value left, Value right, int position, out Value result) =>
        (left.Kind, right.Kind) switch
    {
        (ValueKind.Timestamp, ValueKind.Duration) =>
            Shift(ref frame, left.AsTimestamp(), -(Int128)right.AsDuration().Nanoseconds, position, out result),
        (ValueKind.Timestamp, ValueKind.Timestamp) =>
            Length(ref frame, (left.AsTimestamp().Instant - right.AsTimestamp().Instant).ToInt128Nanoseconds(), position, out result),
        (ValueKind.Duration, ValueKind.Duration) =>
            Length(ref frame, (Int128)left.AsDuration().Nanoseconds - right.AsDuration().Nanoseconds, position, out result),
        _ => NoOverload(ref frame, TokenKind.Minus, left, right, position, out result),
    };

    private static bool Shift(ref EvaluationFrame frame, TimestampValue from, Int128 nanoseconds, int position, out Value result)
    {
        result = TimestampValue.TryShift(from.Instant, nanoseconds);
        return result.IsNull
            ? frame.Fail(static (_, _) => "the timestamp is out of range: years 1 to 9999", position)
            : frame.Allocate(32, position);
    }

    private static bool Length(ref EvaluationFrame frame, Int128 nanoseconds, int position, out Value result)
    {
        result = default;
        if (nanoseconds < long.MinValue || nanoseconds > long.MaxValue)
            return frame.Fail(static (_, _) => "the duration is out of range: about 292 years either way", position);
        result = new DurationValue((long)nanoseconds);
        return frame.Allocate(24, position);
    }

    private static bool DivisionByZero(ref EvaluationFrame frame, TokenKind sign, int position, out Value result)
    {
        result = default;
        return sign == TokenKind.Divide
            ? frame.Fail(static (_, _) => "division by zero", position)
            : frame.Fail(static (_, _) => "modulus by zero", position);
    }

    private static bool Overflow(ref EvaluationFrame frame, int position) =>
        frame.Fail(static (_, _) => "integer overflow: the result does not fit 64 bits", position);

    private static bool NoOverload(ref EvaluationFrame frame, TokenKind sign, Value left, Value right, int position, out Value result)
    {
        result = default;
        return sign switch
        {
            TokenKind.Plus =>
                frame.Fail(
                    static (a, b) =>
                        Describe(a, "+", b)
                            + (a.Kind == ValueKind.String || b.Kind == ValueKind.String ? "; use string(x) to convert" : ""),
                    left,
                    right,
                    position),
            TokenKind.Minus => frame.Fail(static (a, b) => Describe(a, "-", b), left, right, position),
            TokenKind.Times => frame.Fail(static (a, b) => Describe(a, "*", b), left, right, position),
            TokenKind.Divide => frame.Fail(static (a, b) => Describe(a, "/", b), left, right, position),
            _ => frame.Fail(static (a, b) => Describe(a, "%", b), left, right, position),
        };
    }

    private static string Describe(in Value left, string sign, in Value right) =>
        $"no such overload: {Kinds.Name(left)} {sign} {Kinds.Name(right)}";
}

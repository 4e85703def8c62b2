using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>Equality and order, paid for by size.</summary>
internal static class Comparison
{
    public static bool TryEqual(ref EvaluationFrame frame, in Value left, in Value right, int position, out bool equal)
    {
        if (!frame.Charge(EqualityCost(left, right), position))
        {
            equal = false;
            return false;
        }
        equal = left.Equals(right);
        return true;
    }

    /// <summary>What comparing costs: nothing for scalars and for what differs at a glance.</summary>
    public static long EqualityCost(in Value left, in Value right)
    {
        if (left.Kind != right.Kind)
            return 0;
        return left.Kind switch
        {
            ValueKind.String => left.AsString().Length == right.AsString().Length ? left.AsString().Length >> 6 : 0,
            ValueKind.Bytes => left.AsBytes().Span.Length >> 6,
            ValueKind.List => left.AsList().Count == right.AsList().Count ? Math.Min(left.Weight, right.Weight) >> 2 : 0,
            ValueKind.Map => left.AsMap().Count == right.AsMap().Count ? Math.Min(left.Weight, right.Weight) >> 2 : 0,
            ValueKind.Optional => Math.Min(left.Weight, right.Weight) >> 2,
            _ => 0,
        };
    }

    /// <summary>
    /// The order of two values; false where they have none. <paramref name="order"/> is null where a NaN takes part:
    /// then no comparison holds.
    /// </summary>
    public static bool TryOrder(in Value left, in Value right, out int? order)
    {
        if (left.TryGetInt(out var a) && right.TryGetInt(out var b))
        {
            order = a.CompareTo(b);
            return true;
        }
        if (Kinds.IsNumber(left.Kind) && Kinds.IsNumber(right.Kind))
        {
            order = OrderNumbers(left, right);
            return true;
        }
        order = 0;
        if (left.Kind != right.Kind)
            return false;
        switch (left.Kind)
        {
            case ValueKind.String: order = OrderTexts(left.AsString(), right.AsString()); return true;
            case ValueKind.Bool: order = left.AsBool().CompareTo(right.AsBool()); return true;
            case ValueKind.Bytes: order = left.AsBytes().Span.SequenceCompareTo(right.AsBytes().Span); return true;
            case ValueKind.Timestamp: order = left.AsTimestamp().Instant.CompareTo(right.AsTimestamp().Instant); return true;
            case ValueKind.Duration: order = left.AsDuration().Nanoseconds.CompareTo(right.AsDuration().Nanoseconds); return true;
            default: return false;
        }
    }

    private static int? OrderNumbers(in Value left, in Value right)
    {
        if (left.TryGetDouble(out var x))
        {
            if (right.TryGetDouble(out var y))
                return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
            return -OrderWithDouble(right, x);
        }
        if (right.TryGetDouble(out var number))
            return OrderWithDouble(left, number);
        if (left.Kind == right.Kind)
            return left.AsUInt().CompareTo(right.AsUInt());
        return left.Kind == ValueKind.Int
            ? (left.AsInt() < 0 ? -1 : ((ulong)left.AsInt()).CompareTo(right.AsUInt()))
            : (right.AsInt() < 0 ? 1 : left.AsUInt().CompareTo((ulong)right.AsInt()));
    }

    // Exact: an integer is compared with the double's whole part, then with what is left of it.
    private static int? OrderWithDouble(in Value integer, double number)
    {
        if (double.IsNaN(number))
            return null;
        var whole = Math.Floor(number);
        int order;
        if (integer.TryGetInt(out var signed))
        {
            if (whole >= 9223372036854775808.0)
                return -1;
            if (whole < -9223372036854775808.0)
                return 1;
            order = signed.CompareTo((long)whole);
        }
        else
        {
            if (whole >= 18446744073709551616.0)
                return -1;
            if (whole < 0)
                return 1;
            order = integer.AsUInt().CompareTo((ulong)whole);
        }
        return order == 0 && number > whole ? -1 : order;
    }

    // By code points: surrogate pairs stand for characters above U+FFFF and so come after everything else.
    private static int OrderTexts(string left, string right)
    {
        var same = left.AsSpan().CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
            return left.Length.CompareTo(right.Length);
        var (a, b) = (left[same], right[same]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }
}

using Millrace.Core.Expressions.Operations;

namespace Millrace.Core.Values;

/// <summary>The order that CEL's comparisons have: numbers by value across kinds, text by code points, false before true.</summary>
public static class ValueOrder
{
    /// <summary>Compares two values; false where they have no order, such as text and a number, or NaN and anything.</summary>
    public static bool TryCompare(in Value left, in Value right, out int order)
    {
        order = 0;
        if (!Comparison.TryOrder(left, right, out var found) || found is not { } sense)
            return false;
        order = sense;
        return true;
    }
}

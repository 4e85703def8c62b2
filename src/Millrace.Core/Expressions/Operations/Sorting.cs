using System.Numerics;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>Stable sorting by keys that can be ordered.</summary>
internal static class Sorting
{
    public static bool TrySort(ref EvaluationFrame frame, ListValue items, Value[] keys, int position, out Value result)
    {
        result = items;
        if (items.Count < 2)
            return true;
        var size = 0L;
        foreach (var key in keys)
        {
            size += 1 + (key.Weight >> 6);
            // Checked against the first one beforehand, so that the comparison below cannot fail.
            if (!Comparison.TryOrder(keys[0], key, out _))
                return frame.Fail(static (a, b) => $"cannot sort {Kinds.Name(a)} and {Kinds.Name(b)} together", keys[0], key, position);
        }
        if (!frame.AllocateItems(items.Count, position) || !frame.Charge(size * (BitOperations.Log2((uint)items.Count) + 1), position))
            return false;
        var order = Enumerable.Range(0, items.Count).ToArray();
        Array.Sort(order, (a, b) => Compare(keys[a], keys[b]) is not 0 and var sense ? sense : a.CompareTo(b));
        result = ListValue.Own([.. order.Select(i => items[i])]);
        return true;
    }

    // NaN comes first, so that the order is total.
    private static int Compare(in Value left, in Value right)
    {
        Comparison.TryOrder(left, right, out var order);
        return order ?? IsNumber(left).CompareTo(IsNumber(right));
    }

    private static bool IsNumber(in Value value) => !value.TryGetDouble(out var number) || !double.IsNaN(number);
}

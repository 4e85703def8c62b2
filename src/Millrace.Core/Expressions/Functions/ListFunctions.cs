using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>The "lists" and "sets" extensions.</summary>
internal static class ListFunctions
{
    public static void Register(FunctionTable table)
    {
        table.Function("size(list)", Size).Method("list.size()", Size);
        table.Method("list.slice(int, int)", Slice);
        table.Method("list.flatten()", Flatten).Method("list.flatten(int)", Flatten);
        table.Function("lists.range(int)", Range);
        table.Method("list.distinct()", Distinct);
        table.Method("list.sort()", Sort);
        table.Method("list.reverse()", Reverse);
        table.Method("list.first()", First).Method("list.last()", Last);
        table.Function("sets.contains(list, list)", ContainsAll);
        table.Function("sets.intersects(list, list)", Intersects);
        table.Function("sets.equivalent(list, list)", Equivalent);
    }

    private static bool Size(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = (long)arguments[0].AsList().Count;
        return true;
    }

    private static bool Slice(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var list = arguments[0].AsList();
        var (start, end) = (arguments[1].AsInt(), arguments[2].AsInt());
        if (start < 0 || end < start || end > list.Count)
            return frame.Fail(
                static (from, to) => $"cannot slice from {Texts.Show(from)} to {Texts.Show(to)}: both must lie within the list, in order",
                arguments[1],
                arguments[2],
                position);
        if (!frame.AllocateItems(end - start, position))
            return false;
        result = ListValue.Create(list.Span[(int)start..(int)end]);
        return true;
    }

    private static bool Flatten(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var depth = arguments.Length > 1 ? arguments[1].AsInt() : 1;
        if (depth < 0)
            return frame.Fail(
                static (found, _) => $"flatten needs a depth of 0 or more, found {Texts.Show(found)}", arguments[1], position);
        var items = new List<Value>();
        if (!FlattenInto(ref frame, items, arguments[0].AsList(), depth, position))
            return false;
        result = ListValue.Own([.. items]);
        return true;
    }

    private static bool FlattenInto(ref EvaluationFrame frame, List<Value> items, ListValue list, long depth, int position)
    {
        foreach (var item in list)
        {
            if (!frame.Charge(1, position))
                return false;
            if (depth > 0 && item.TryGetList(out var inner))
            {
                if (!FlattenInto(ref frame, items, inner, depth - 1, position))
                    return false;
                continue;
            }
            if (!frame.AllocateItems(1, position))
                return false;
            items.Add(item);
        }
        return true;
    }

    private static bool Range(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var count = arguments[0].AsInt();
        if (count < 0)
            return frame.Fail(
                static (found, _) => $"lists.range needs a count of 0 or more, found {Texts.Show(found)}", arguments[0], position);
        // The count may be anything, so it is bounded before it is multiplied.
        if (!frame.AllocateItems(Math.Min(count, int.MaxValue), position))
            return false;
        var items = new Value[count];
        for (var i = 0; i < items.Length; i++)
            items[i] = i;
        result = ListValue.Own(items);
        return true;
    }

    private static bool Distinct(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var list = arguments[0].AsList();
        if (!frame.AllocateItems(list.Count * 2L, position))
            return false;
        var scalars = new HashSet<Value>();
        var others = new List<Value>();
        var items = new List<Value>();
        foreach (var item in list)
        {
            if (!frame.Charge(1 + (item.Weight >> 6), position))
                return false;
            bool seen;
            if (item.Kind is ValueKind.List or ValueKind.Map or ValueKind.Optional)
            {
                // Their hashes say little, so they are compared one by one, at the price of that.
                if (!TryContains(ref frame, others, item, position, out seen))
                    return false;
                if (!seen)
                    others.Add(item);
            }
            else
            {
                seen = !scalars.Add(item);
            }
            if (!seen)
                items.Add(item);
        }
        result = ListValue.Own([.. items]);
        return true;
    }

    private static bool Sort(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var list = arguments[0].AsList();
        return Sorting.TrySort(ref frame, list, list.Span.ToArray(), position, out result);
    }

    private static bool Reverse(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var list = arguments[0].AsList();
        if (!frame.AllocateItems(list.Count, position))
            return false;
        var items = list.Span.ToArray();
        Array.Reverse(items);
        result = ListValue.Own(items);
        return true;
    }

    private static bool First(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var list = arguments[0].AsList();
        result = list.Count > 0 ? OptionalValue.Of(list[0]) : OptionalValue.None;
        return frame.Allocate(32, position);
    }

    private static bool Last(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var list = arguments[0].AsList();
        result = list.Count > 0 ? OptionalValue.Of(list[^1]) : OptionalValue.None;
        return frame.Allocate(32, position);
    }

    private static bool TryContains(
        ref EvaluationFrame frame, IReadOnlyList<Value> items, in Value wanted, int position, out bool contained)
    {
        contained = false;
        for (var i = 0; i < items.Count && !contained; i++)
        {
            if (!frame.Charge(1, position) || !Comparison.TryEqual(ref frame, items[i], wanted, position, out contained))
                return false;
        }
        return true;
    }

    private static bool TryContainsAll(ref EvaluationFrame frame, ListValue items, ListValue wanted, int position, out bool all)
    {
        all = true;
        for (var i = 0; i < wanted.Count && all; i++)
        {
            if (!TryContains(ref frame, items, wanted[i], position, out all))
                return false;
        }
        return true;
    }

    private static bool ContainsAll(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var done = TryContainsAll(ref frame, arguments[0].AsList(), arguments[1].AsList(), position, out var all);
        result = all;
        return done;
    }

    private static bool Intersects(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = false;
        foreach (var item in arguments[0].AsList())
        {
            if (!TryContains(ref frame, arguments[1].AsList(), item, position, out var shared))
                return false;
            if (!shared)
                continue;
            result = true;
            return true;
        }
        return true;
    }

    private static bool Equivalent(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = default;
        var (left, right) = (arguments[0].AsList(), arguments[1].AsList());
        if (!TryContainsAll(ref frame, left, right, position, out var forth)
            || !TryContainsAll(ref frame, right, left, position, out var back))
            return false;
        result = forth && back;
        return true;
    }
}

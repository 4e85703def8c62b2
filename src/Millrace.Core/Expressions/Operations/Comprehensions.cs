using System.Runtime.InteropServices;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>The loop variables of a comprehension: one, or index/key and value. Second is -1 where there is one.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoopVariables(int First, int Second);

/// <summary>What a comprehension runs over.</summary>
internal readonly ref struct LoopRange
{
    private readonly bool _isMap;
    private readonly ReadOnlySpan<Value> _items;
    private readonly ReadOnlySpan<KeyValuePair<Value, Value>> _entries;

    private LoopRange(ListValue list) => _items = list.Span;

    private LoopRange(MapValue map)
    {
        _isMap = true;
        _entries = map.Entries;
    }

    public int Count => _isMap ? _entries.Length : _items.Length;

    public static bool TryOpen(ref EvaluationFrame frame, Operation source, int position, out LoopRange range)
    {
        frame.Step();
        range = default;
        if (!source.Evaluate(ref frame, out var value))
            return false;
        if (value.TryGetList(out var list))
            range = new(list);
        else if (value.TryGetMap(out var map))
            range = new(map);
        else
            return frame.Fail(
                static (found, _) => $"no such overload: a macro runs over a list or a map, found {Kinds.Name(found)}", value, position);
        return true;
    }

    /// <summary>Sets the loop variables for one turn and pays for it.</summary>
    public bool Turn(ref EvaluationFrame frame, int turn, LoopVariables variables, int position)
    {
        var (first, second) = _isMap ? (_entries[turn].Key, _entries[turn].Value) : (turn, _items[turn]);
        if (variables.Second >= 0)
        {
            frame.Locals[variables.First] = first;
            frame.Locals[variables.Second] = second;
        }
        else
        {
            frame.Locals[variables.First] = _isMap ? first : second;
        }
        return frame.Charge(1, position);
    }
}

/// <summary>all (isExists false) and exists (true): || or &amp;&amp; over the turns, with the same absorption of errors.</summary>
internal sealed class Quantifier(
    bool isExists, Operation source, LoopVariables variables, Operation predicate, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        result = default;
        if (!LoopRange.TryOpen(ref frame, source, Position, out var range))
            return false;
        var failed = false;
        Failure failure = default;
        for (var i = 0; i < range.Count; i++)
        {
            if (!range.Turn(ref frame, i, variables, Position))
                return false;
            if (Logic.Truth(ref frame, predicate, out var truth))
            {
                if (truth == isExists)
                {
                    result = isExists;
                    return true;
                }
            }
            else if (!failed)
            {
                failed = true;
                failure = frame.Failure;
            }
        }
        result = !isExists;
        if (failed)
            frame.Failure = failure;
        return !failed;
    }
}

/// <summary>exists_one: true for exactly one turn; any error counts.</summary>
internal sealed class ExistsOne(Operation source, LoopVariables variables, Operation predicate, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        result = default;
        if (!LoopRange.TryOpen(ref frame, source, Position, out var range))
            return false;
        var matches = 0;
        for (var i = 0; i < range.Count; i++)
        {
            if (!range.Turn(ref frame, i, variables, Position) || !Logic.Truth(ref frame, predicate, out var truth))
                return false;
            if (truth)
                matches++;
        }
        result = matches == 1;
        return true;
    }
}

/// <summary>map, filter and transformList: a list of the body's values over the turns that pass the filter.</summary>
internal sealed class Transform(
    Operation source, LoopVariables variables, Operation? filter, Operation body, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        result = default;
        if (!LoopRange.TryOpen(ref frame, source, Position, out var range))
            return false;
        var items = new List<Value>();
        for (var i = 0; i < range.Count; i++)
        {
            if (!range.Turn(ref frame, i, variables, Position))
                return false;
            if (filter is not null)
            {
                if (!Logic.Truth(ref frame, filter, out var wanted))
                    return false;
                if (!wanted)
                    continue;
            }
            if (!body.Evaluate(ref frame, out var item) || !frame.AllocateItems(1, Position))
                return false;
            items.Add(item);
        }
        result = ListValue.Own([.. items]);
        return true;
    }
}

/// <summary>
/// transformMap (keeps the key, or the index, and computes the value) and transformMapEntry (the body gives a map to merge).
/// </summary>
internal sealed class TransformMap(
    Operation source, LoopVariables variables, Operation? filter, Operation body, bool entries, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        result = default;
        if (!LoopRange.TryOpen(ref frame, source, Position, out var range))
            return false;
        var map = new MapAssembly(0);
        for (var i = 0; i < range.Count; i++)
        {
            if (!range.Turn(ref frame, i, variables, Position))
                return false;
            if (filter is not null)
            {
                if (!Logic.Truth(ref frame, filter, out var wanted))
                    return false;
                if (!wanted)
                    continue;
            }
            var key = frame.Locals[variables.First];
            if (!body.Evaluate(ref frame, out var value) || !Add(ref frame, ref map, key, value))
                return false;
        }
        result = map.Build();
        return true;
    }

    private bool Add(ref EvaluationFrame frame, ref MapAssembly map, in Value key, in Value value)
    {
        if (!entries)
            return frame.AllocateItems(2, Position) && map.Add(ref frame, key, value, Position);
        if (!value.TryGetMap(out var merged))
            return frame.Fail(static (found, _) => $"transformMapEntry() must give a map, found {Kinds.Name(found)}", value, Position);
        foreach (var entry in merged.Entries)
        {
            if (!frame.AllocateItems(2, Position) || !map.Add(ref frame, entry.Key, entry.Value, Position))
                return false;
        }
        return true;
    }
}

/// <summary>list.sortBy(x, key)</summary>
internal sealed class SortBy(Operation source, int slot, Operation key, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!source.Evaluate(ref frame, out result))
            return false;
        if (!result.TryGetList(out var list))
            return frame.Fail(static (found, _) => $"no such overload: {Kinds.Name(found)}.sortBy(); it needs a list", result, Position);
        if (!frame.AllocateItems(list.Count, Position))
            return false;
        var keys = new Value[list.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            frame.Locals[slot] = list[i];
            if (!frame.Charge(1, Position) || !key.Evaluate(ref frame, out keys[i]))
                return false;
        }
        return Sorting.TrySort(ref frame, list, keys, Position, out result);
    }
}

/// <summary>cel.bind(name, value, body)</summary>
internal sealed class Bind(int slot, Operation value, Operation body, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!value.Evaluate(ref frame, out result))
            return false;
        frame.Locals[slot] = result;
        return body.Evaluate(ref frame, out result);
    }
}

using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>A name and the fields selected from it, in one step because it is by far the most common one.</summary>
internal sealed class NamePath(string root, string[] fields, int[] positions, int dotted, int position) : Operation(position)
{
    // "a.b.c" may also be one name with dots in it, where that many fields stand after dots; prefixes[i] is the name with i + 1 of them.
    private readonly string[] _prefixes = [.. fields.Take(dotted).Select((_, i) => root + '.' + string.Join('.', fields[..(i + 1)]))];

    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        var next = 0;
        if (!frame.Bindings.TryGet(root, out result) && !FindQualified(ref frame, out result, out next))
            return frame.Fail(
                static (name, _) => $"unknown name '{name.AsString()}'{Syntax.ForeignWords.Hint(name.AsString())}", root, Position);
        for (; next < fields.Length; next++)
        {
            if (!Selection.Select(ref frame, result, fields[next], positions[next], out result))
                return false;
        }
        return true;
    }

    private bool FindQualified(ref EvaluationFrame frame, out Value result, out int next)
    {
        for (next = _prefixes.Length; next > 0; next--)
        {
            if (frame.Bindings.TryGet(_prefixes[next - 1], out result))
                return true;
        }
        result = default;
        return false;
    }
}

/// <summary>target.field</summary>
internal sealed class Select(Operation target, string field, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        return target.Evaluate(ref frame, out result) && Selection.Select(ref frame, result, field, Position, out result);
    }
}

/// <summary>target[index]</summary>
internal sealed class ItemAt(Operation target, Operation index, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        return target.Evaluate(ref frame, out result)
            && index.Evaluate(ref frame, out var key)
            && Selection.At(ref frame, result, key, Position, out result);
    }
}

/// <summary>target.?field and target[?index]</summary>
internal sealed class OptionalIndex(Operation target, Operation index, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        return target.Evaluate(ref frame, out result)
            && index.Evaluate(ref frame, out var key)
            && Selection.Maybe(ref frame, result, key, Position, out result);
    }
}

/// <summary>has(target.field)</summary>
internal sealed class Has(Operation target, string field, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!target.Evaluate(ref frame, out result))
            return false;
        if (result.TryGetOptional(out var optional))
            result = optional.HasValue ? optional.Value : MapValue.Empty;
        if (!result.TryGetMap(out var map))
            return frame.Fail(
                static (value, key) => $"has() needs a map to look for '{key.AsString()}' in, found {Kinds.Name(value)}",
                result,
                field,
                Position);
        result = map.TryGet(field, out _);
        return true;
    }
}

/// <summary>Reading members and items of values.</summary>
internal static class Selection
{
    public static bool Select(ref EvaluationFrame frame, Value target, string field, int position, out Value result)
    {
        if (target.TryGetMap(out var map))
            return map.TryGet(field, out result) || Missing(ref frame, target, field, position, out result);
        if (target.Kind == ValueKind.Optional)
            return Maybe(ref frame, target, field, position, out result);
        result = default;
        return frame.Fail(static (value, key) => value.IsNull
            ? $"cannot select '{key.AsString()}' from null; use '.?{key.AsString()}' where it may be null"
            : $"cannot select '{key.AsString()}' from {Kinds.Name(value)}", target, field, position);
    }

    public static bool At(ref EvaluationFrame frame, Value target, Value key, int position, out Value result)
    {
        switch (target.Kind)
        {
            case ValueKind.List:
                var list = target.AsList();
                if (!TryPosition(key, out var at))
                {
                    result = default;
                    return frame.Fail(
                        static (index, _) => $"a list index must be a whole number, found {Texts.Show(index)}", key, position);
                }
                if (at >= 0 && at < list.Count)
                {
                    result = list[(int)at];
                    return true;
                }
                result = default;
                return frame.Fail(
                    static (items, index) => $"index {Texts.Show(index)} is out of range: the list has {items.AsList().Count} items",
                    target,
                    key,
                    position);
            case ValueKind.Map:
                return target.AsMap().TryGet(key, out result) || Missing(ref frame, target, key, position, out result);
            case ValueKind.Optional:
                return Maybe(ref frame, target, key, position, out result);
            default:
                result = default;
                return frame.Fail(static (value, _) => value.Kind == ValueKind.String
                    ? "cannot index a string; use charAt(i) or substring(i, j)"
                    : $"cannot index {Kinds.Name(value)}", target, position);
        }
    }

    /// <summary>The optional that .? and [? ] give. Null has no members.</summary>
    public static bool Maybe(ref EvaluationFrame frame, Value target, Value key, int position, out Value result)
    {
        var from = target.TryGetOptional(out var optional) ? optional.Value : target;
        var found = false;
        Value value = default;
        switch (from.Kind)
        {
            case ValueKind.Null:
                break;
            case ValueKind.Map:
                found = from.AsMap().TryGet(key, out value);
                break;
            case ValueKind.List:
                found = TryPosition(key, out var at) && at >= 0 && at < from.AsList().Count;
                value = found ? from.AsList()[(int)at] : default;
                break;
            default:
                result = default;
                return frame.Fail(
                    static (held, wanted) => $"cannot look for {Texts.Show(wanted)} in {Kinds.Name(held)}", from, key, position);
        }
        result = found ? OptionalValue.Of(value) : OptionalValue.None;
        return frame.Allocate(found ? 32 : 0, position);
    }

    private static bool Missing(ref EvaluationFrame frame, Value target, Value key, int position, out Value result)
    {
        result = default;
        return frame.Fail(static (map, wanted) => wanted.TryGetString(out var text)
            ? map.AsMap().DescribeMissing(text)
            : $"no such key: {Texts.Show(wanted)}", target, key, position);
    }

    private static bool TryPosition(in Value key, out long at)
    {
        if (key.TryGetInt(out at))
            return true;
        if (key.Kind == ValueKind.UInt)
        {
            at = (long)Math.Min(key.AsUInt(), long.MaxValue);
            return true;
        }
        if (key.TryGetDouble(out var number) && Math.Floor(number) == number && Math.Abs(number) < 1e15)
        {
            at = (long)number;
            return true;
        }
        return false;
    }
}

using Millrace.Core.Expressions.Compilation;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>One place of a compiled template. Where an evaluation fails it tells which string did.</summary>
internal abstract class TemplatePart
{
    public abstract bool TryEvaluate(ref EvaluationFrame frame, ref int heaviest, out Value value, out ComputedPart? failed);
}

/// <summary>A subtree without expressions.</summary>
internal sealed class FixedPart(Value value) : TemplatePart
{
    public override bool TryEvaluate(ref EvaluationFrame frame, ref int heaviest, out Value result, out ComputedPart? failed)
    {
        result = value;
        failed = null;
        return true;
    }
}

/// <summary>A string with expressions.</summary>
internal sealed class ComputedPart(string pointer, Operation operation) : TemplatePart
{
    public string Pointer => pointer;

    public override bool TryEvaluate(ref EvaluationFrame frame, ref int heaviest, out Value value, out ComputedPart? failed)
    {
        failed = this;
        var succeeded = operation.Evaluate(ref frame, out value);
        if (!frame.CheckResult(value, operation.Position) || !succeeded)
            return false;
        if (!value.IsJson && !frame.Allocate(value.Weight, operation.Position))
            return false;
        if (!JsonNormalizer.TryNormalize(value, out value, out var error))
            return frame.Fail(static (message, _) => message.AsString(), error, operation.Position);
        heaviest = Math.Max(heaviest, value.Weight);
        return true;
    }
}

internal sealed class ListPart(TemplatePart[] items) : TemplatePart
{
    public override bool TryEvaluate(ref EvaluationFrame frame, ref int heaviest, out Value value, out ComputedPart? failed)
    {
        value = default;
        failed = null;
        var values = new Value[items.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (!items[i].TryEvaluate(ref frame, ref heaviest, out values[i], out failed))
                return false;
        }
        value = ListValue.Own(values);
        return true;
    }
}

internal sealed class MapPart(Value[] keys, TemplatePart[] values) : TemplatePart
{
    public override bool TryEvaluate(ref EvaluationFrame frame, ref int heaviest, out Value value, out ComputedPart? failed)
    {
        value = default;
        failed = null;
        var entries = new KeyValuePair<Value, Value>[keys.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            if (!values[i].TryEvaluate(ref frame, ref heaviest, out var member, out failed))
                return false;
            entries[i] = new(keys[i], member);
        }
        value = ArrayMap.Own(entries);
        return true;
    }
}

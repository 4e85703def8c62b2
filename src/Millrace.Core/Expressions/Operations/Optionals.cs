using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>optional.or(other) and optional.orValue(value); the other is only evaluated where it is needed.</summary>
internal sealed class OptionalOr(Operation target, Operation other, bool unwrap, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!target.Evaluate(ref frame, out result))
            return false;
        if (!result.TryGetOptional(out var optional))
            return frame.Fail(
                static (value, _) =>
                    $"no such overload: or() and orValue() need an optional, found {Kinds.Name(value)}; use '.?field' or '[?key]' to get "
                        + "one",
                result,
                Position);
        if (optional.HasValue)
        {
            result = unwrap ? optional.Value : result;
            return true;
        }
        if (!other.Evaluate(ref frame, out result))
            return false;
        return unwrap || result.Kind == ValueKind.Optional
            || frame.Fail(
                static (value, _) => $"no such overload: optional.or({Kinds.Name(value)}); use orValue for a plain value",
                result,
                Position);
    }
}

/// <summary>optional.optMap(v, expression) and optional.optFlatMap(v, expression)</summary>
internal sealed class OptionalMap(Operation target, int slot, Operation body, bool flat, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!target.Evaluate(ref frame, out result))
            return false;
        if (!result.TryGetOptional(out var optional))
            return frame.Fail(
                static (value, _) => $"no such overload: optMap() and optFlatMap() need an optional, found {Kinds.Name(value)}",
                result,
                Position);
        if (!optional.HasValue)
            return true;
        frame.Locals[slot] = optional.Value;
        if (!body.Evaluate(ref frame, out result))
            return false;
        if (!flat)
            result = OptionalValue.Of(result);
        return result.Kind == ValueKind.Optional
            ? frame.Allocate(32, Position)
            : frame.Fail(
                static (value, _) => $"optFlatMap() must give an optional, found {Kinds.Name(value)}; use optMap", result, Position);
    }
}

internal static class Optionals
{
    /// <summary>Takes the value out of what must be an optional.</summary>
    public static bool TryUnwrap(ref EvaluationFrame frame, ref Value value, int position, out bool present)
    {
        present = false;
        if (!value.TryGetOptional(out var optional))
            return frame.Fail(static (found, _) => $"'?' in a list or map needs an optional, found {Kinds.Name(found)}", value, position);
        present = optional.HasValue;
        value = optional.Value;
        return true;
    }
}

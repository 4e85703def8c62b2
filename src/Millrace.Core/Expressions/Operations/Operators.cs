using Millrace.Core.Expressions.Syntax;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>left operator right</summary>
internal sealed class Binary(ChainLink link, Operation left) : Operation(link.Position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        return left.Evaluate(ref frame, out result)
            && link.Operand.Evaluate(ref frame, out var other)
            && Operators.Apply(ref frame, link, result, other, out result);
    }
}

/// <summary>An operator and what stands to the right of it.</summary>
/// <param name="Mismatch">Says why two values have no order, where there is more to say than their kinds.</param>
internal readonly record struct ChainLink(TokenKind Sign, Operation Operand, int Position, Func<Value, Value, string>? Mismatch = null);

/// <summary>first operator second operator third ..., from left to right</summary>
internal sealed class Chain(Operation first, ChainLink[] links, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        if (!first.Evaluate(ref frame, out result))
            return false;
        foreach (var link in links)
        {
            frame.Step();
            if (!link.Operand.Evaluate(ref frame, out var other)
                || !Operators.Apply(ref frame, link, result, other, out result))
                return false;
        }
        return true;
    }
}

internal sealed class Not(Operation operand, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!operand.Evaluate(ref frame, out result))
            return false;
        if (!result.TryGetBool(out var truth))
            return frame.Fail(static (value, _) => $"no such overload: !{Kinds.Name(value)}; '!' needs a bool", result, Position);
        result = !truth;
        return true;
    }
}

internal sealed class Negate(Operation operand, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!operand.Evaluate(ref frame, out result))
            return false;
        if (result.TryGetDouble(out var real))
            result = -real;
        else if (result.Kind == ValueKind.Duration && result.AsDuration().Nanoseconds != long.MinValue)
            result = new DurationValue(-result.AsDuration().Nanoseconds);
        else if (!result.TryGetInt(out var whole))
            return frame.Fail(static (value, _) => $"no such overload: -{Kinds.Name(value)}", result, Position);
        else if (whole == long.MinValue)
            return frame.Fail(static (_, _) => "integer overflow: the smallest int has no positive counterpart", Position);
        else
            result = -whole;
        return true;
    }
}

/// <summary>The binary operators over values.</summary>
internal static class Operators
{
    public static bool Apply(ref EvaluationFrame frame, in ChainLink link, Value left, Value right, out Value result)
    {
        var (sign, position) = (link.Sign, link.Position);
        switch (sign)
        {
            case TokenKind.Equal or TokenKind.NotEqual:
                var compared = Comparison.TryEqual(ref frame, left, right, position, out var equal);
                result = equal == (sign == TokenKind.Equal);
                return compared;
            case TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater or TokenKind.GreaterOrEqual:
                return Order(ref frame, link, left, right, out result);
            case TokenKind.Name:
                return In(ref frame, left, right, position, out result);
            default:
                return Arithmetic.Apply(ref frame, sign, left, right, position, out result);
        }
    }

    private static bool Order(ref EvaluationFrame frame, in ChainLink link, Value left, Value right, out Value result)
    {
        if (!Comparison.TryOrder(left, right, out var order))
        {
            result = default;
            return frame.Fail(link.Mismatch ?? Mismatch, left, right, link.Position);
        }
        result = order is { } sense && link.Sign switch
        {
            TokenKind.Less => sense < 0,
            TokenKind.LessOrEqual => sense <= 0,
            TokenKind.Greater => sense > 0,
            _ => sense >= 0,
        };
        return left.Kind != ValueKind.String || frame.Charge(left.AsString().Length >> 6, link.Position);
    }

    /// <summary>Why two values have no order.</summary>
    /// <param name="left">The left value.</param>
    /// <param name="right">The right value.</param>
    /// <param name="conversion">Of text and a number, the expression to write; given whether the text is on the left.</param>
    public static string Mismatch(Value left, Value right, Func<bool, string> conversion)
    {
        var isLeft = left.Kind == ValueKind.String && Kinds.IsNumber(right.Kind);
        var isRight = right.Kind == ValueKind.String && Kinds.IsNumber(left.Kind);
        var hint = isLeft || isRight ? $"; write {conversion(isLeft)}" : "";
        return $"cannot compare {Kinds.Name(left)} with {Kinds.Name(right)}{hint}";
    }

    private static string Mismatch(Value left, Value right) => Mismatch(left, right, static _ => "double(x) around the text");

    private static bool In(ref EvaluationFrame frame, Value item, Value container, int position, out Value result)
    {
        result = false;
        if (container.TryGetMap(out var map))
        {
            result = map.TryGet(item, out _);
            return true;
        }
        if (!container.TryGetList(out var list))
        {
            return frame.Fail(static (a, b) => b.Kind == ValueKind.String
                ? "no such overload: 'in' needs a list or a map; for text use text.contains(part)"
                : $"no such overload: {Kinds.Name(a)} in {Kinds.Name(b)}; 'in' needs a list or a map", item, container, position);
        }
        foreach (var candidate in list)
        {
            if (!frame.Charge(1, position) || !Comparison.TryEqual(ref frame, item, candidate, position, out var equal))
                return false;
            if (equal)
            {
                result = true;
                return true;
            }
        }
        return true;
    }
}

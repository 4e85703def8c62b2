using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>The "math" extension, and math.sum.</summary>
internal static class MathFunctions
{
    public static void Register(FunctionTable table)
    {
        table.Function("math.greatest(list)", Greatest).Function("math.greatest(any...)", Greatest);
        table.Function("math.least(list)", Least).Function("math.least(any...)", Least);
        table.Function("math.sum(list)", Sum);
        Real(table, "math.ceil", Math.Ceiling);
        Real(table, "math.floor", Math.Floor);
        Real(table, "math.round", static x => Math.Round(x, MidpointRounding.AwayFromZero));
        Real(table, "math.trunc", Math.Truncate);
        Test(table, "math.isNaN", double.IsNaN);
        Test(table, "math.isInf", double.IsInfinity);
        Test(table, "math.isFinite", double.IsFinite);
        foreach (var kind in new[] { "int", "uint", "double" })
            table.Function($"math.abs({kind})", Abs).Function($"math.sign({kind})", Sign).Function($"math.sqrt({kind})", Sqrt);
    }

    private static void Real(FunctionTable table, string name, Func<double, double> function) =>
        table.Function(name + "(double)", (ref EvaluationFrame _, ReadOnlySpan<Value> arguments, int _, out Value result) =>
        {
            result = function(arguments[0].AsDouble());
            return true;
        });

    private static void Test(FunctionTable table, string name, Func<double, bool> test) =>
        table.Function(name + "(double)", (ref EvaluationFrame _, ReadOnlySpan<Value> arguments, int _, out Value result) =>
        {
            result = test(arguments[0].AsDouble());
            return true;
        });

    private static bool Greatest(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result) =>
        Extreme(ref frame, arguments, 1, position, out result);

    private static bool Least(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result) =>
        Extreme(ref frame, arguments, -1, position, out result);

    private static bool Extreme(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int sense, int position, out Value result)
    {
        if (arguments.Length == 1 && arguments[0].TryGetList(out var list))
            arguments = list.Span;
        result = default;
        if (arguments.IsEmpty)
            return frame.Fail(static (_, _) => "math.greatest and math.least need at least one number; the list is empty", position);
        result = arguments[0];
        foreach (var candidate in arguments)
        {
            if (!Kinds.IsNumber(candidate.Kind))
                return frame.Fail(
                    static (found, _) => $"no such overload: math.greatest and math.least need numbers, found {Kinds.Name(found)}",
                    candidate,
                    position);
            Comparison.TryOrder(candidate, result, out var order);
            if (order * sense > 0)
                result = candidate;
        }
        return frame.Charge(arguments.Length, position);
    }

    private static bool Sum(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = 0;
        foreach (var item in arguments[0].AsList())
        {
            if (!Kinds.IsNumber(item.Kind))
                return frame.Fail(
                    static (found, _) => $"no such overload: math.sum needs numbers, found {Kinds.Name(found)}", item, position);
            if (!frame.Charge(1, position) || !Arithmetic.Apply(ref frame, Syntax.TokenKind.Plus, result, item, position, out result))
                return false;
        }
        return true;
    }

    private static bool Abs(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = arguments[0];
        if (result.TryGetDouble(out var real))
            result = Math.Abs(real);
        else if (result.TryGetInt(out var whole) && whole == long.MinValue)
            return frame.Fail(static (_, _) => "integer overflow: the smallest int has no positive counterpart", position);
        else if (result.TryGetInt(out whole))
            result = Math.Abs(whole);
        return true;
    }

    private static bool Sign(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        var number = arguments[0];
        if (number.TryGetDouble(out var real))
            result = double.IsNaN(real) ? double.NaN : (double)Math.Sign(real);
        else if (number.TryGetInt(out var whole))
            result = (long)Math.Sign(whole);
        else
            result = Value.From(number.AsUInt() > 0 ? 1UL : 0UL);
        return true;
    }

    private static bool Sqrt(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = Math.Sqrt(Arithmetic.ToDouble(arguments[0]));
        return true;
    }
}

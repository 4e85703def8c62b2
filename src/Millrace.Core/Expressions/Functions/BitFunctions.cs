using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>The bit functions of the "math" extension: over two ints or two uints. Shifts fill with zeros.</summary>
internal static class BitFunctions
{
    public static void Register(FunctionTable table)
    {
        Pair(table, "math.bitAnd", static (a, b) => a & b);
        Pair(table, "math.bitOr", static (a, b) => a | b);
        Pair(table, "math.bitXor", static (a, b) => a ^ b);
        table.Function("math.bitNot(int)", Not).Function("math.bitNot(uint)", Not);
        Shift(table, "math.bitShiftLeft", static (bits, places) => bits << places);
        Shift(table, "math.bitShiftRight", static (bits, places) => bits >>> places);
    }

    private static void Pair(FunctionTable table, string name, Func<ulong, ulong, ulong> combine)
    {
        Implementation implementation = (ref EvaluationFrame _, ReadOnlySpan<Value> arguments, int _, out Value result) =>
        {
            result = Make(combine(Bits(arguments[0]), Bits(arguments[1])), arguments[0].Kind);
            return true;
        };
        table.Function(name + "(int, int)", implementation).Function(name + "(uint, uint)", implementation);
    }

    private static bool Not(ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result)
    {
        result = Make(~Bits(arguments[0]), arguments[0].Kind);
        return true;
    }

    private static void Shift(FunctionTable table, string name, Func<ulong, int, ulong> shift)
    {
        Implementation implementation = (ref EvaluationFrame frame, ReadOnlySpan<Value> arguments, int position, out Value result) =>
        {
            result = default;
            var places = arguments[1].AsInt();
            if (places < 0)
                return frame.Fail(
                    static (found, _) => $"cannot shift by {Texts.Show(found)} places; shift the other way", arguments[1], position);
            result = Make(places > 63 ? 0 : shift(Bits(arguments[0]), (int)places), arguments[0].Kind);
            return true;
        };
        table.Function(name + "(int, int)", implementation).Function(name + "(uint, int)", implementation);
    }

    private static ulong Bits(in Value value) => value.TryGetInt(out var signed) ? unchecked((ulong)signed) : value.AsUInt();

    private static Value Make(ulong bits, ValueKind kind) => kind == ValueKind.Int ? Value.From(unchecked((long)bits)) : Value.From(bits);
}

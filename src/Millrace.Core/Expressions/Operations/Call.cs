using System.Runtime.CompilerServices;
using Millrace.Core.Expressions.Functions;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>A call of a function or method; arguments are on the stack unless there are many.</summary>
internal sealed class Call(Function function, Operation[] arguments, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        result = default;
        if (!frame.Charge(1, Position))
            return false;
        var few = default(FewValues);
        Span<Value> values = arguments.Length <= FewValues.Length ? few : new Value[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].Evaluate(ref frame, out values[i]))
                return false;
        }
        return function.Invoke(ref frame, values[..arguments.Length], Position, out result);
    }

    [InlineArray(Length)]
    private struct FewValues
    {
        public const int Length = 4;

        private Value _first;
    }
}

using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>
/// || or &amp;&amp;. An operand that decides the result decides it wherever it stands: errors to its left are absorbed, as CEL's
/// commutative logic has it.
/// </summary>
internal sealed class Logic(bool isOr, Operation[] operands, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        var failed = false;
        Failure failure = default;
        foreach (var operand in operands)
        {
            if (Truth(ref frame, operand, out var truth))
            {
                if (truth == isOr)
                {
                    result = isOr;
                    return true;
                }
            }
            else if (!failed)
            {
                failed = true;
                failure = frame.Failure;
            }
        }
        result = !isOr;
        if (failed)
            frame.Failure = failure;
        return !failed;
    }

    /// <summary>Evaluates what must be a bool.</summary>
    public static bool Truth(ref EvaluationFrame frame, Operation operand, out bool truth)
    {
        if (!operand.Evaluate(ref frame, out var value))
        {
            truth = false;
            return false;
        }
        return value.TryGetBool(out truth)
            || frame.Fail(
                static (found, _) => $"no such overload: expected a bool, found {Kinds.Name(found)}; compare it, as in x != null",
                value,
                operand.Position);
    }
}

internal readonly record struct Branch(Operation Condition, Operation Value);

/// <summary>a ? b : c ? d : e</summary>
internal sealed class Conditional(Branch[] branches, Operation otherwise, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        foreach (var branch in branches)
        {
            frame.Step();
            if (!Logic.Truth(ref frame, branch.Condition, out var truth))
            {
                result = default;
                return false;
            }
            if (truth)
                return branch.Value.Evaluate(ref frame, out result);
        }
        return otherwise.Evaluate(ref frame, out result);
    }
}

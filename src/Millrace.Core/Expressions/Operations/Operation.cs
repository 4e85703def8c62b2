using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>One compiled step: gives a value, or false with the failure in the frame. Never throws for what data can do.</summary>
internal abstract class Operation(int position)
{
    /// <summary>Where this stands in the source.</summary>
    public int Position { get; } = position;

    public abstract bool Evaluate(ref EvaluationFrame frame, out Value result);
}

internal sealed class Constant(Value value, int position) : Operation(position)
{
    public Value Value { get; } = value;

    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        result = Value;
        return true;
    }
}

/// <summary>A variable of a macro or of <c>cel.bind</c>.</summary>
internal sealed class Local(int slot, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        result = frame.Locals[slot];
        return true;
    }
}

/// <summary>A problem that only matters where it is reached, as CEL without checking has it.</summary>
internal sealed class Unresolved(string message, int position) : Operation(position)
{
    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        result = default;
        return frame.Fail(static (text, _) => text.AsString(), message, Position);
    }
}

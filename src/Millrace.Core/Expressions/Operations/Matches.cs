using Millrace.Core.Expressions.Functions;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>
/// text.matches(pattern); a pattern that is a literal is compiled once, another one is remembered while it stays the same.
/// </summary>
internal sealed class Matches(Operation text, Operation pattern, Pattern? compiled, int position) : Operation(position)
{
    // Replaced as a whole, so two threads at worst compile the same pattern twice.
    private Pattern? _last = compiled;

    public override bool Evaluate(ref EvaluationFrame frame, out Value result)
    {
        frame.Step();
        if (!text.Evaluate(ref frame, out result) || !pattern.Evaluate(ref frame, out var wanted))
            return false;
        if (!result.TryGetString(out var subject) || !wanted.TryGetString(out var source))
            return frame.Fail(
                static (a, b) => $"no such overload: {Kinds.Name(a)}.matches({Kinds.Name(b)}); it needs two strings",
                result,
                wanted,
                Position);
        var known = _last;
        if (known is null || !string.Equals(known.Source, source, StringComparison.Ordinal))
        {
            if (!frame.Charge(Pattern.CompilationCost(source), Position))
                return false;
            known = Pattern.Compile(source, out var error);
            if (known is null)
                return frame.Fail(static (message, _) => message.AsString(), error, Position);
            _last = known;
        }
        return known.TryMatch(ref frame, subject, Position, out result);
    }
}

using Millrace.Core.Patterns;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Operations;

/// <summary>
/// text.matches(pattern); a pattern that is a literal is compiled once, another one is remembered while it stays the same.
/// </summary>
internal sealed class Matches(Operation text, Operation pattern, Pattern? compiled, int position) : Operation(position)
{
    private const int MaxLength = 2_000;

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
            known = Compile(ref frame, source);
            if (known is null)
                return false;
            _last = known;
        }
        result = known.IsMatch(subject, frame.Left, out var cost);
        return frame.Charge(cost, Position);
    }

    /// <summary>Compiles a pattern; null with a sentence where it cannot be used.</summary>
    public static Pattern? Compile(string source, out string? error)
    {
        if (source.Length > MaxLength)
        {
            error = $"the pattern is too large: it has more than {MaxLength} characters";
            return null;
        }
        var made = Pattern.Compile(source, out var reason);
        error = made is null ? $"the pattern {Texts.Show(source)} cannot be used: {reason}" : null;
        return made;
    }

    private Pattern? Compile(ref EvaluationFrame frame, string source)
    {
        if (!frame.Charge(1_000 + (20L * Math.Min(source.Length, MaxLength)), Position))
            return null;
        var made = Compile(source, out var error);
        if (made is null)
            frame.Fail(static (message, _) => message.AsString(), error, Position);
        return made is not null && frame.Charge(made.CompilationCost, Position) ? made : null;
    }
}

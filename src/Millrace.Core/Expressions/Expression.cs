using System.Collections.Immutable;
using Millrace.Core.Expressions.Compilation;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Expressions.Syntax;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>Why a source is no expression.</summary>
/// <param name="Message">A sentence, cut where a name in the source would make it endless.</param>
/// <param name="Position">Where, as a UTF-16 offset into the source.</param>
public sealed record ExpressionProblem(string Message, int Position)
{
    /// <summary>What is wrong, in one sentence without a final period.</summary>
    public string Message { get; } = Evaluation.Shortened(Message);
}

/// <summary>
/// A name that an expression refers to, and what it selects from it as far as that is known beforehand. Loop variables are none.
/// </summary>
/// <param name="Root">The name.</param>
/// <param name="Path">The keys selected from it: <c>nodes['my id'].output</c> has "my id" and "output".</param>
/// <param name="Position">Where the name stands, as a UTF-16 offset into the source.</param>
public sealed record ExpressionReference(string Root, ImmutableArray<string> Path, int Position)
{
    /// <summary>How many of the keys must be there: fewer than all where <c>has()</c> or <c>.?</c> asks.</summary>
    public int Required { get; init; } = Path.Length;

    /// <summary>
    /// Whether it is looked at only in some evaluations: a branch of a condition, or a side of <c>&amp;&amp;</c> or <c>||</c>.
    /// </summary>
    public bool IsConditional { get; init; }
}

/// <summary>A compiled CEL expression. Immutable; may be evaluated by many threads at once.</summary>
public sealed class Expression
{
    private readonly CompiledExpression _compiled;

    private Expression(string source, CompiledExpression compiled)
    {
        Source = source;
        _compiled = compiled;
    }

    /// <summary>The source as it was given.</summary>
    public string Source { get; }

    /// <summary>What the expression refers to, in the order of the source.</summary>
    public ImmutableArray<ExpressionReference> References => _compiled.References;

    /// <summary>Whether the result is the same whatever names are bound.</summary>
    public bool IsConstant => References.IsEmpty;

    /// <summary>
    /// Parses and compiles a source of at most 64 Ki UTF-16 units, nested at most 100 deep. Gives null and the first problem where it
    /// is malformed or calls what does not exist.
    /// </summary>
    public static Expression? Parse(string source, out ExpressionProblem? problem) =>
        Parse(source, LexerMode.Expression, check: true, out problem);

    /// <summary>
    /// As <see cref="Parse(string, out ExpressionProblem?)"/>, but {{ }} in it groups like parentheses, and inside quotes interpolates.
    /// Values never become source text.
    /// </summary>
    public static Expression? ParseCondition(string source, out ExpressionProblem? problem) =>
        Parse(source, LexerMode.Condition, check: true, out problem);

    /// <summary>As <see cref="Parse(string, out ExpressionProblem?)"/>, but what does not exist fails only where it is reached.</summary>
    internal static Expression? ParseUnchecked(string source, out ExpressionProblem? problem) =>
        Parse(source, LexerMode.Expression, check: false, out problem);

    /// <summary>Evaluates. Never throws for what expressions or data can do.</summary>
    public Evaluation Evaluate(IBindings bindings, EvaluationLimits? limits = null)
    {
        limits ??= EvaluationLimits.Default;
        if (_compiled.Height > limits.MaxDepth)
            return new(
                $"the expression is nested {_compiled.Height} deep; at most {limits.MaxDepth} are allowed", _compiled.Root.Position, 0);
        var frame = new EvaluationFrame(bindings, _compiled.Slots == 0 ? [] : new Value[_compiled.Slots], limits);
        var succeeded = _compiled.Root.Evaluate(ref frame, out var value);
        if (!frame.CheckResult(value, _compiled.Root.Position) || !succeeded)
            return new(frame.Failure.Message, frame.Failure.Position, frame.Cost);
        return new(value, frame.Cost);
    }

    private static Expression? Parse(string source, LexerMode mode, bool check, out ExpressionProblem? problem)
    {
        if (Parser.Parse(source, mode, out problem) is not { } tree)
            return null;
        return Compiler.Compile(tree, check, out problem) is { } compiled ? new(source, compiled) : null;
    }
}

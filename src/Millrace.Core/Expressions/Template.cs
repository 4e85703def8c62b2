using System.Collections.Immutable;
using Millrace.Core.Expressions.Compilation;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions;

/// <summary>Why a string in a tree is no template.</summary>
/// <param name="Pointer">The JSON pointer of the string inside the tree.</param>
/// <param name="Message">The message, as a sentence.</param>
/// <param name="Position">Where in the string, as a UTF-16 offset.</param>
public sealed record TemplateProblem(string Pointer, string Message, int Position);

/// <summary>A name that a template refers to; its position is an offset into the string at the pointer.</summary>
public sealed record TemplateReference(string Pointer, ExpressionReference Reference);

/// <summary>What a template came to: a JSON value, or an error and where in the tree it arose.</summary>
public readonly struct TemplateEvaluation
{
    internal TemplateEvaluation(Value value, long cost)
    {
        Value = value;
        Position = -1;
        Cost = cost;
    }

    internal TemplateEvaluation(string error, string pointer, int position, long cost)
    {
        Error = error;
        Pointer = pointer;
        Position = position;
        Cost = cost;
    }

    /// <summary>Whether there is a value.</summary>
    public bool Succeeded => Error is null;

    /// <summary>The value, as JSON; null after an error.</summary>
    public Value Value { get; }

    /// <summary>What went wrong, as a sentence; null after success.</summary>
    public string? Error { get; }

    /// <summary>The JSON pointer of the string that failed; null after success.</summary>
    public string? Pointer { get; }

    /// <summary>Where in that string the error arose, as a UTF-16 offset; -1 where unknown or after success.</summary>
    public int Position { get; }

    /// <summary>Steps used, all strings together.</summary>
    public long Cost { get; }
}

/// <summary>
/// A JSON tree with {{ expressions }} in its strings. A string that is one expression, blanks aside, becomes its value; otherwise the
/// expressions' values become part of the text. Keys are kept as they are. Immutable; may be evaluated by many threads at once.
/// </summary>
public sealed class Template
{
    private readonly TemplatePart _root;
    private readonly int _slots;
    private readonly int _height;

    private Template(Value source, TemplatePart root, TemplateParser parser)
    {
        Source = source;
        _root = root;
        _slots = parser.Slots;
        _height = parser.Height;
        References = [.. parser.References];
    }

    /// <summary>The tree as it was given.</summary>
    public Value Source { get; }

    /// <summary>Whether there is no {{ }} anywhere; then an evaluation gives <see cref="Source"/> itself.</summary>
    public bool IsConstant => _root is FixedPart;

    /// <summary>What the expressions refer to, in the order of the tree.</summary>
    public ImmutableArray<TemplateReference> References { get; }

    /// <summary>Parses and compiles every string of a tree. Gives null and all problems where there are any.</summary>
    public static Template? Parse(Value tree, out ImmutableArray<TemplateProblem> problems)
    {
        var parser = new TemplateParser();
        var root = parser.Parse(tree, "", 0);
        problems = [.. parser.Problems];
        return problems.IsEmpty ? new(tree, root, parser) : null;
    }

    /// <summary>Evaluates all expressions within one set of limits. Never throws for what expressions or data can do.</summary>
    public TemplateEvaluation Evaluate(IBindings bindings, EvaluationLimits? limits = null)
    {
        if (IsConstant)
            return new(Source, 0);
        limits ??= EvaluationLimits.Default;
        if (_height > limits.MaxDepth)
            return new($"an expression is nested {_height} deep; at most {limits.MaxDepth} are allowed", "", -1, 0);
        var frame = new EvaluationFrame(bindings, _slots == 0 ? [] : new Value[_slots], limits);
        var heaviest = 0;
        if (!_root.TryEvaluate(ref frame, ref heaviest, out var value, out var failed))
            return new(frame.Failure.Message, failed!.Pointer, frame.Failure.Position, frame.Cost);
        // One large value may pass through whole, but not many times over.
        if (value.Weight - (long)heaviest > limits.MaxOutput)
            return new("the template creates too much data; the limit on its output was reached", "", -1, frame.Cost);
        if (value.Depth > JsonNormalizer.MaxDepth)
            return new($"the result is nested more than {JsonNormalizer.MaxDepth} deep", "", -1, frame.Cost);
        return new(value, frame.Cost);
    }
}

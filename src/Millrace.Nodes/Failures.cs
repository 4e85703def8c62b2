using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Nodes;

/// <summary>Failures that all families of nodes have.</summary>
internal static class Failures
{
    /// <summary>A template that could not be filled in.</summary>
    /// <param name="evaluation">What it came to.</param>
    /// <param name="field">The config field that holds it, such as "/value".</param>
    public static NodeOutcome Of(TemplateEvaluation evaluation, string field) =>
        NodeOutcome.Failed("expression", $"The template at '{field}{evaluation.Pointer}' failed: {evaluation.Error}.");

    /// <summary>An expression that could not be evaluated.</summary>
    public static NodeOutcome Of(Evaluation evaluation, Expression expression) => Expression(expression, evaluation.Error!);

    /// <summary>An expression whose result is of no use.</summary>
    public static NodeOutcome Expression(Expression expression, string problem) =>
        NodeOutcome.Failed("expression", $"The expression '{expression.Source}' failed: {problem}.");

    /// <summary>Data that the node cannot work with.</summary>
    public static NodeOutcome Data(string message) => NodeOutcome.Failed("data", message);

    /// <summary>A value's kind, with its article.</summary>
    public static string Kind(Value value) => value.Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Bool => "a boolean",
        ValueKind.Int or ValueKind.UInt or ValueKind.Double => "a number",
        ValueKind.String => "text",
        ValueKind.List => "a list",
        ValueKind.Map => "an object",
        _ => $"a {value.Kind.ToString().ToLowerInvariant()}",
    };
}

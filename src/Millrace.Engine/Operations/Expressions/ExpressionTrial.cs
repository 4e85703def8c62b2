using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Values;

namespace Millrace.Engine.Operations.Expressions;

/// <summary>Tries expressions and templates out on given data. Stores nothing.</summary>
public static class ExpressionTrial
{
    /// <summary>The most characters of an expression or template.</summary>
    public const int MaxExpressionLength = 64 * 1024;

    /// <summary>The value of an expression or template.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="source">The expression or template.</param>
    /// <param name="context">The names that the expression can use, with their values.</param>
    /// <param name="isTemplate">Whether it is a template: text with {{ expressions }}.</param>
    public static Outcome<EvaluatedExpression> Evaluate(Caller caller, string source, MapValue context, bool isTemplate)
    {
        if (caller.Refuse(Permission.EditWorkflows) is { } forbidden)
            return forbidden;
        if (new CommandCheck().Text("/expression", source, MaxExpressionLength).Refusal is { } invalid)
            return invalid;
        var bindings = new Bindings(context);
        return isTemplate ? EvaluateTemplate(source, bindings) : EvaluateExpression(source, bindings);
    }

    private static Outcome<EvaluatedExpression> EvaluateExpression(string source, Bindings bindings)
    {
        if (Expression.ParseCondition(source, out var problem) is not { } expression)
            return Failed("invalid_expression", problem!.Message, problem.Position);
        var evaluation = expression.Evaluate(bindings);
        if (!evaluation.Succeeded)
            return Failed("evaluation_failed", evaluation.Error!, evaluation.Position);
        return JsonNormalizer.TryNormalize(evaluation.Value, out var json, out var error)
            ? new EvaluatedExpression(json, TypeValue.Of(evaluation.Value.Kind).Name, evaluation.Cost)
            : Failed("evaluation_failed", error!, 0);
    }

    private static Outcome<EvaluatedExpression> EvaluateTemplate(string source, Bindings bindings)
    {
        if (Template.Parse(source, out var problems) is not { } template)
            return Failed("invalid_expression", problems[0].Message, problems[0].Position);
        var evaluation = template.Evaluate(bindings);
        return evaluation.Succeeded
            ? new EvaluatedExpression(evaluation.Value, TypeValue.Of(evaluation.Value.Kind).Name, evaluation.Cost)
            : Failed("evaluation_failed", evaluation.Error!, evaluation.Position);
    }

    // An expression is one line as far as positions go: its column is what an editor marks.
    private static Refusal.Malformed Failed(string code, string message, int position) => new(
        code,
        position >= 0 ? $"At position {position + 1}: {message}" : message,
        [new Problem("/expression", code, message, Line: position >= 0 ? 1 : null, Column: position >= 0 ? position + 1 : null)]);
}

/// <summary>What an expression or template evaluates to.</summary>
/// <param name="Value">The value, as JSON has it.</param>
/// <param name="Type">Its type's name in the language.</param>
/// <param name="Cost">What it cost, in steps.</param>
public sealed record EvaluatedExpression(Value Value, string Type, long Cost);

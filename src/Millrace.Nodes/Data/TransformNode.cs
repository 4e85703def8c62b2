using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record TransformConfig
{
    [ExpressionField]
    [Description("A CEL expression whose value is the output, such as: data.items.map(i, i.price).")]
    public string? Expression { get; init; }

    [Description("Instead of an expression: a value, object or list with templates in it.")]
    public Value Template { get; init; }
}

/// <summary>Makes any JSON of what came before.</summary>
internal sealed class TransformNode : PureNodeType<TransformConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "transform",
        Aliases = ["process"],
        Title = "Transform",
        Summary = "Creates new data with an expression or a template.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(TransformConfig config, NodeCompilation compilation)
    {
        var hasTemplate = compilation.Config.TryGet("template", out var tree);
        if (config.Expression is null != hasTemplate)
        {
            compilation.Error("", "missing_field", "A transform needs either an 'expression' or a 'template'.");
            return null;
        }
        if (config.Expression is { } source)
            return compilation.Expression(source, "/expression") is { } expression ? new ByExpression(expression) : null;
        return compilation.Template(tree, "/template") is { } template ? new ByTemplate(template) : null;
    }

    private sealed class ByExpression(Expression expression) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            var evaluation = expression.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                return Failures.Of(evaluation, expression);
            return JsonNormalizer.TryNormalize(evaluation.Value, out var json, out var problem)
                ? NodeOutcome.Completed(json)
                : Failures.Expression(expression, problem!);
        }
    }

    private sealed class ByTemplate(Template template) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            var evaluation = template.Evaluate(context.Scope);
            return evaluation.Succeeded ? NodeOutcome.Completed(evaluation.Value) : Failures.Of(evaluation, "/template");
        }
    }
}

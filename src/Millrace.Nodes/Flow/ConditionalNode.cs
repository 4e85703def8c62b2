using System.ComponentModel;
using System.Text;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record ConditionalConfig
{
    [ExpressionField]
    [Description("A CEL condition, such as: input.amount > 100. Parts may be written as templates.")]
    public string? Condition { get; init; }

    [Description("Instead of a condition: comparisons.")]
    public IReadOnlyList<ConditionalRule>? Rules { get; init; }

    [ExpressionField]
    [Description("Instead of a condition or rules, one comparison: a CEL expression, such as: data.status.")]
    public string? Field { get; init; }

    [Description("How to compare the field: equals, notEquals, greaterThan, contains, ...")]
    public string Operator { get; init; } = "equals";

    [Description("What to compare the field with. May be a template.")]
    public Value Value { get; init; }

    [Description("Whether all rules must be true, or any one of them.")]
    public RuleMatch Match { get; init; }

    [Description("The edge to take if it is true: an edge's id or label, or a node's id. Ports on the edges do the same.")]
    public string? TrueEdge { get; init; }

    [Description("The edge to take if it is false.")]
    public string? FalseEdge { get; init; }
}

internal sealed record ConditionalRule
{
    [ExpressionField]
    [Description("A CEL expression, such as: data.status.")]
    public required string Field { get; init; }

    [Description("How to compare: equals, notEquals, greaterThan, contains, ...")]
    public string Operator { get; init; } = "equals";

    [Description("What to compare with. May be a template.")]
    public Value Value { get; init; }
}

internal enum RuleMatch
{
    All,
    Any,
}

/// <summary>Two ways to go on.</summary>
internal sealed class ConditionalNode : PureNodeType<ConditionalConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "conditional",
        Aliases = ["condition", "if"],
        Title = "Condition",
        Summary = "Takes the port 'true' or 'false', and passes on its data.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        Ports = ["true", "false"],
    };

    protected override PureLogic? Compile(ConditionalConfig config, NodeCompilation compilation)
    {
        var hasRules = config.Rules is { Count: > 0 };
        if ((config.Condition is null ? 0 : 1) + (config.Field is null ? 0 : 1) + (hasRules ? 1 : 0) != 1)
        {
            compilation.Error(
                "", "missing_field", "A condition needs one of 'condition', 'rules', or 'field' with 'operator' and 'value'.");
            return null;
        }
        var condition = config.Condition is { } source ? compilation.Expression(source, "/condition")
            : hasRules ? Combine(config.Rules!, config.Match, compilation)
            : Single(new ConditionalRule { Field = config.Field!, Operator = config.Operator, Value = config.Value }, compilation);
        return condition is null ? null : new Logic(condition);
    }

    private static Expression? Single(ConditionalRule rule, NodeCompilation compilation) =>
        ConditionOf(rule, "", compilation) is { } source ? compilation.Expression(source, "/field") : null;

    private static Expression? Combine(IReadOnlyList<ConditionalRule> rules, RuleMatch match, NodeCompilation compilation)
    {
        var combined = new StringBuilder();
        for (var i = 0; i < rules.Count; i++)
        {
            if (ConditionOf(rules[i], $"/rules/{i}", compilation) is { } source)
                combined
                    .Append(combined.Length == 0 ? "" : match == RuleMatch.All ? " && " : " || ")
                    .Append('(')
                    .Append(source)
                    .Append(')');
        }
        return compilation.HasErrors ? null : compilation.Expression(combined.ToString(), "/rules");
    }

    // Null, with the problem added, where the rule is none.
    private static string? ConditionOf(ConditionalRule rule, string at, NodeCompilation compilation)
    {
        if (!ComparisonOperators.Contains(rule.Operator))
        {
            compilation.Error(
                $"{at}/operator",
                "unknown_operator",
                $"'{rule.Operator}' is not an operator{ClosestName.Hint(rule.Operator, ComparisonOperators.Names)}.");
            return null;
        }
        var source = ComparisonOperators.ToCondition(rule.Field, rule.Operator, rule.Value);
        return compilation.Expression(source, at.Length == 0 ? "/field" : at) is null ? null : source;
    }

    private sealed class Logic(Expression condition) : PureLogic
    {
        private static readonly MapValue Held = MapValue.Of("result", true);
        private static readonly MapValue Failed = MapValue.Of("result", false);

        public override NodeOutcome Evaluate(NodeContext context)
        {
            var evaluation = condition.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                return Failures.Of(evaluation, condition);
            return evaluation.Value.TryGetBool(out var holds)
                ? new NodeOutcome { Output = context.Data, Port = holds ? "true" : "false", Meta = holds ? Held : Failed }
                : Failures.Expression(condition, $"it gives {Failures.Kind(evaluation.Value)}, not true or false");
        }
    }
}

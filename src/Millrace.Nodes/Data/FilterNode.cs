using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record FilterConfig
{
    [Description(ItemList.Description)]
    public Value Items { get; init; }

    [ExpressionField]
    [Description("A CEL condition over item and index; items for which it is true are kept.")]
    public required string Condition { get; init; }
}

/// <summary>Keeps some items of a list.</summary>
internal sealed class FilterNode : PureNodeType<FilterConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "filter",
        Title = "Filter",
        Summary = "Keeps the items of a list for which a condition is true.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(FilterConfig config, NodeCompilation compilation)
    {
        var items = ItemList.Compile(config.Items, compilation);
        var condition = compilation.Expression(config.Condition, "/condition");
        return items is null || condition is null ? null : new Logic(items, condition);
    }

    private sealed class Logic(ItemList items, Expression condition) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (items.Get(context, out var failure) is not { } list)
                return failure!;
            var scope = new ItemScope(context.Scope);
            var kept = new List<Value>();
            for (var i = 0; i < list.Count; i++)
            {
                if (!scope.TryEvaluate(condition, list[i], i, out var value, out var problem))
                    return Failures.Expression(condition, problem!);
                if (!value.TryGetBool(out var holds))
                    return Failures.Expression(condition, $"it gives {Failures.Kind(value)}, not true or false (item {i})");
                if (holds)
                    kept.Add(list[i]);
            }
            return NodeOutcome.Completed(ListValue.Create(kept));
        }
    }
}

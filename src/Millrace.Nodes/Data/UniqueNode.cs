using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record UniqueConfig
{
    [Description(ItemList.Description)]
    public Value Items { get; init; }

    [ExpressionField]
    [Description("A CEL expression over item and index whose value must differ, such as: item.email. By default, the items themselves.")]
    public string By { get; init; } = "item";
}

/// <summary>Drops repeated items of a list; the first one stays.</summary>
internal sealed class UniqueNode : PureNodeType<UniqueConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "unique",
        Title = "Unique",
        Summary = "Removes items of a list that repeat an earlier one.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(UniqueConfig config, NodeCompilation compilation)
    {
        var items = ItemList.Compile(config.Items, compilation);
        var by = compilation.Expression(config.By, "/by");
        return items is null || by is null ? null : new Logic(items, by);
    }

    private sealed class Logic(ItemList items, Expression by) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (items.Get(context, out var failure) is not { } list)
                return failure!;
            var scope = new ItemScope(context.Scope);
            var seen = new HashSet<Value>(DeepValueComparer.Instance);
            var kept = new List<Value>();
            for (var i = 0; i < list.Count; i++)
            {
                if (!scope.TryEvaluate(by, list[i], i, out var value, out var problem))
                    return Failures.Expression(by, problem!);
                if (seen.Add(value))
                    kept.Add(list[i]);
            }
            return NodeOutcome.Completed(ListValue.Create(kept));
        }
    }
}

using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record SortConfig
{
    [Description(ItemList.Description)]
    public Value Items { get; init; }

    [ExpressionField]
    [Description("A CEL expression over item and index to sort by, such as: item.price. By default, the items themselves.")]
    public string? By { get; init; }

    [Description("Whether the smallest or the largest come first.")]
    public SortOrder Order { get; init; }

    [Description("Instead of one expression: several; each decides if those before it are equal.")]
    public IReadOnlyList<SortKey>? Keys { get; init; }
}

internal sealed record SortKey
{
    [ExpressionField]
    [Description("A CEL expression over item and index.")]
    public required string By { get; init; }

    [Description("Whether the smallest or the largest come first.")]
    public SortOrder Order { get; init; }
}

internal enum SortOrder
{
    Asc,
    Desc,
}

/// <summary>Sorts a list. Equal items stay in their order; null comes last.</summary>
internal sealed class SortNode : PureNodeType<SortConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "sort",
        Title = "Sort",
        Summary = "Sorts a list; equal items stay in their order, and null comes last.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(SortConfig config, NodeCompilation compilation)
    {
        if (config.By is not null && config.Keys is not null)
            compilation.Error("/keys", "conflicting_fields", "A sort has either 'by' or 'keys', not both.");
        var items = ItemList.Compile(config.Items, compilation);
        var keys = ImmutableArray.CreateBuilder<Key>();
        if (config.Keys is null)
            keys.Add(Compile(config.By ?? "item", config.Order, "/by", compilation));
        for (var i = 0; i < config.Keys?.Count; i++)
            keys.Add(Compile(config.Keys[i].By, config.Keys[i].Order, $"/keys/{i}/by", compilation));
        return compilation.HasErrors ? null : new Logic(items!, keys.ToImmutable());
    }

    private static Key Compile(string by, SortOrder order, string pointer, NodeCompilation compilation) =>
        new(compilation.Expression(by, pointer)!, order == SortOrder.Desc);

    private sealed record Key(Expression By, bool IsDescending);

    private sealed class Logic(ItemList items, ImmutableArray<Key> keys) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (items.Get(context, out var failure) is not { } list)
                return failure!;
            var scope = new ItemScope(context.Scope);
            var columns = new Value[keys.Length][];
            for (var k = 0; k < columns.Length; k++)
            {
                if (!TryGetColumn(scope, list, keys[k].By, out columns[k], out var problem))
                    return Failures.Expression(keys[k].By, problem!);
            }
            var order = Enumerable.Range(0, list.Count).ToArray();
            Array.Sort(order, (left, right) => Compare(columns, left, right));
            return NodeOutcome.Completed(ListValue.Create(order.Select(index => list[index])));
        }

        // Every value is compared with the first beforehand, so that the sort itself cannot fail.
        private static bool TryGetColumn(ItemScope scope, ListValue list, Expression by, out Value[] column, out string? problem)
        {
            problem = null;
            column = new Value[list.Count];
            var first = Value.Null;
            for (var i = 0; i < column.Length; i++)
            {
                if (!scope.TryEvaluate(by, list[i], i, out column[i], out problem))
                    return false;
                if (column[i].IsNull)
                    continue;
                if (first.IsNull)
                    first = column[i];
                if (ValueOrder.TryCompare(first, column[i], out _))
                    continue;
                problem = $"{Failures.Kind(first)} and {Failures.Kind(column[i])} have no order (item {i})";
                return false;
            }
            return true;
        }

        private int Compare(Value[][] columns, int left, int right)
        {
            for (var k = 0; k < columns.Length; k++)
            {
                var (a, b) = (columns[k][left], columns[k][right]);
                if (a.IsNull || b.IsNull)
                {
                    if (a.IsNull != b.IsNull)
                        return a.IsNull ? 1 : -1;
                    continue;
                }
                ValueOrder.TryCompare(a, b, out var order);
                if (order != 0)
                    return keys[k].IsDescending ? -order : order;
            }
            return left.CompareTo(right);
        }
    }
}

using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record SplitConfig
{
    [Description("The list to split, as a template such as {{ input.orders }}. By default, what arrived.")]
    public Value Items { get; init; }

    [Description("A field that contains a list: every object becomes one object for each item of it. Dots separate nested fields.")]
    public string? Field { get; init; }

    [Description("With a field: whether each object keeps its other fields, or only the items are passed on.")]
    public Keep Keep { get; init; }

    [Description("Instead of a field: the number of items in each part; the list becomes a list of lists.")]
    public int? Size { get; init; }
}

/// <summary>Splits lists out of objects, or a list into parts.</summary>
internal sealed class SplitNode : PureNodeType<SplitConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "split",
        Title = "Split",
        Summary = "Makes one item of each entry of a list inside objects, or cuts a list into parts.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(SplitConfig config, NodeCompilation compilation)
    {
        FieldPath? field = null;
        if (config.Field is null == config.Size is null)
            compilation.Error("", "missing_field", "A split needs either a 'field' or a 'size'.");
        else if (config.Field is not null && !FieldPath.TryParse(config.Field, out field))
            compilation.Error("/field", "invalid_path", $"'{config.Field}' is not the name of a field.");
        else if (config.Size < 1)
            compilation.Error("/size", "out_of_range", "'size' must be at least 1.");
        if (ItemList.Compile(config.Items, compilation) is not { } items)
            return null;
        return field is null ? new Parts(items, config.Size ?? 1) : new Field(items, field, config.Keep == Keep.All);
    }

    private sealed class Parts(ItemList items, int size) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context) => items.Get(context, out var failure) is { } list
            ? NodeOutcome.Completed(ListValue.Create(((IEnumerable<Value>)list).Chunk(size).Select(part => (Value)ListValue.Own(part))))
            : failure!;
    }

    private sealed class Field(ItemList items, FieldPath field, bool keepAll) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (items.GetOneOrMany(context, out var failure) is not { } list)
                return failure!;
            var result = new List<Value>();
            for (var i = 0; i < list.Count; i++)
            {
                if (!list[i].TryGetMap(out var map))
                    return Failures.Data($"Item {i} is {Failures.Kind(list[i])}; only objects have fields to split.");
                var found = field.Find(map);
                if (!found.TryGetList(out var inner))
                    return Failures.Data($"The field '{field}' of item {i} is {Failures.Kind(found)}, not a list.");
                foreach (var one in inner)
                    result.Add(keepAll && field.TrySet(map, one, out var whole, out _) ? whole : one);
            }
            return NodeOutcome.Completed(ListValue.Create(result));
        }
    }
}

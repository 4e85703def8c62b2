using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record AggregateConfig
{
    [Description(ItemList.Description)]
    public Value Items { get; init; }

    [ExpressionField]
    [Description(
        "A CEL expression over item and index. Items with the same value form a group; the output is then a list with one object per "
        + "group.")]
    public string? GroupBy { get; init; }

    [Description("The field of a group's object that contains the value of groupBy.")]
    public string GroupField { get; init; } = "group";

    [Description("The fields of the output, and how each is computed.")]
    public required IReadOnlyDictionary<string, AggregateField> Fields { get; init; }
}

internal sealed record AggregateField
{
    [Description("How to combine the values of all items.")]
    public required AggregateOperation Operation { get; init; }

    [ExpressionField]
    [Description("A CEL expression over item and index for each item's value, such as: item.price. By default, the item itself.")]
    public string Of { get; init; } = "item";
}

internal enum AggregateOperation
{
    Count,
    Sum,
    Average,
    Min,
    Max,
    First,
    Last,
    List,
}

/// <summary>Makes one object of a list, or one per group.</summary>
internal sealed class AggregateNode : PureNodeType<AggregateConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "aggregate",
        Title = "Aggregate",
        Summary = "Counts, adds up or collects the items of a list, all together or by group.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(AggregateConfig config, NodeCompilation compilation)
    {
        var items = ItemList.Compile(config.Items, compilation);
        var groupBy = config.GroupBy is null ? null : compilation.Expression(config.GroupBy, "/groupBy");
        var fields = ImmutableArray.CreateBuilder<Field>();
        foreach (var (name, field) in config.Fields)
        {
            var at = "/fields/" + JsonPointer.Escape(name);
            if (config.GroupBy is not null && string.Equals(name, config.GroupField, StringComparison.Ordinal))
                compilation.Error(
                    at, "conflicting_fields", $"'{name}' contains the value of groupBy; choose another name, or another 'groupField'.");
            if (compilation.Expression(field.Of, at + "/of") is { } of)
                fields.Add(new(name, field.Operation, of));
        }
        return compilation.HasErrors ? null : new Logic(items!, groupBy, config.GroupField, fields.ToImmutable());
    }

    private sealed record Field(string Name, AggregateOperation Operation, Expression Of);

    private sealed class Logic(ItemList items, Expression? groupBy, string groupField, ImmutableArray<Field> fields) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (items.Get(context, out var failure) is not { } list)
                return failure!;
            var scope = new ItemScope(context.Scope);
            if (groupBy is null)
                return Aggregate(scope, list, Enumerable.Range(0, list.Count), new MapBuilder(), out failure) is { } whole
                    ? NodeOutcome.Completed(whole)
                    : failure!;
            var groups = new OrderedDictionary<Value, List<int>>(DeepValueComparer.Instance);
            for (var i = 0; i < list.Count; i++)
            {
                if (!scope.TryEvaluateJson(groupBy, list[i], i, out var key, out var problem))
                    return Failures.Expression(groupBy, problem!);
                if (!groups.TryGetValue(key, out var members))
                    groups.Add(key, members = []);
                members.Add(i);
            }
            var results = new List<Value>(groups.Count);
            foreach (var (key, members) in groups)
            {
                if (Aggregate(scope, list, members, new MapBuilder().Set(groupField, key), out failure) is not { } result)
                    return failure!;
                results.Add(result);
            }
            return NodeOutcome.Completed(ListValue.Create(results));
        }

        private MapValue? Aggregate(ItemScope scope, ListValue list, IEnumerable<int> members, MapBuilder result, out NodeOutcome? failure)
        {
            failure = null;
            foreach (var field in fields)
            {
                var aggregation = new Aggregation(field.Operation);
                foreach (var index in members)
                {
                    if (scope.TryEvaluateJson(field.Of, list[index], index, out var value, out var problem)
                        && aggregation.TryAdd(value, index, out problem))
                        continue;
                    failure = Failures.Expression(field.Of, problem!);
                    return null;
                }
                result.Set(field.Name, aggregation.Result);
            }
            return result.Build();
        }
    }
}

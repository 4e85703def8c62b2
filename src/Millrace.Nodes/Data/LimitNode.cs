using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record LimitConfig
{
    [Description(ItemList.Description)]
    public Value Items { get; init; }

    [TemplatedField(typeof(int))]
    [Description("The maximum number of items to keep. May be a template.")]
    public required Value Count { get; init; }

    [TemplatedField(typeof(int))]
    [Description("How many items to skip first. May be a template.")]
    public Value Offset { get; init; } = 0;

    [Description("From which end items are taken.")]
    public LimitFrom From { get; init; }
}

internal enum LimitFrom
{
    First,
    Last,
}

/// <summary>Keeps the first or last items of a list.</summary>
internal sealed class LimitNode : PureNodeType<LimitConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "limit",
        Title = "Limit",
        Summary = "Keeps the first or the last items of a list.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(LimitConfig config, NodeCompilation compilation)
    {
        var items = ItemList.Compile(config.Items, compilation);
        var count = compilation.Template(config.Count, "/count");
        var offset = compilation.Template(config.Offset, "/offset");
        CheckConstant(count, "/count", compilation);
        CheckConstant(offset, "/offset", compilation);
        return compilation.HasErrors ? null : new Logic(items!, count!, offset!, config.From);
    }

    private static void CheckConstant(Template? template, string field, NodeCompilation compilation)
    {
        if (template is { IsConstant: true } && !IsCount(template.Source, out _))
            compilation.Error(field, "out_of_range", "This must be a whole number, not negative.");
    }

    private static bool IsCount(Value value, out long count)
    {
        if (value.TryGetDouble(out var number) && Math.Floor(number) == number && Math.Abs(number) < 1e15)
            value = (long)number;
        return value.TryGetInt(out count) && count >= 0;
    }

    private sealed class Logic(ItemList items, Template count, Template offset, LimitFrom from) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (items.Get(context, out var failure) is not { } list)
                return failure!;
            if (!TryGetCount(count, "/count", context, out var wanted, out failure)
                || !TryGetCount(offset, "/offset", context, out var passed, out failure))
                return failure!;
            passed = Math.Min(passed, list.Count);
            wanted = Math.Min(wanted, list.Count - passed);
            var start = from == LimitFrom.First ? passed : list.Count - passed - wanted;
            return NodeOutcome.Completed(wanted == list.Count ? list : ListValue.Create(list.Span.Slice((int)start, (int)wanted)));
        }

        private static bool TryGetCount(Template template, string field, NodeContext context, out long value, out NodeOutcome? failure)
        {
            value = 0;
            var evaluation = template.Evaluate(context.Scope);
            failure = !evaluation.Succeeded ? Failures.Of(evaluation, field)
                : IsCount(evaluation.Value, out value) ? null
                : Failures.Data($"'{field[1..]}' is {Text.Of(evaluation.Value)}; it must be a whole number, not negative.");
            return failure is null;
        }
    }
}

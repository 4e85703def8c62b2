using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record SetVariableConfig
{
    [Description("The variable to set.")]
    public string? Name { get; init; }

    [Description("Its value. May be a template, or an object or list with templates in it.")]
    public Value Value { get; init; }

    [Description("Instead of one name and value: variables and their values.")]
    public IReadOnlyDictionary<string, Value>? Values { get; init; }

    [Description("What becomes of the value before: replaced, appended to as a list, or merged with as an object, field by field.")]
    public VariableMerge Merge { get; init; }
}

internal enum VariableMerge
{
    Replace,
    Append,
    Deep,
}

/// <summary>Sets workflow variables.</summary>
internal sealed class SetVariableNode : PureNodeType<SetVariableConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "setVariable",
        Title = "Set variable",
        Summary = "Sets workflow variables, and passes its data on.",
        Category = "Flow",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(SetVariableConfig config, NodeCompilation compilation)
    {
        if ((config.Name is null) == (config.Values is null))
        {
            compilation.Error("", "missing_field", "Setting a variable needs either a 'name' and a 'value', or 'values'.");
            return null;
        }
        if (config.Name is { } name)
        {
            if (name.Length == 0 || name.Contains("{{", StringComparison.Ordinal))
                compilation.Error("/name", "invalid_name", "The name of a variable is fixed text, not empty and without a template.");
            return compilation.Template(MapValue.Of(name, config.Value), "") is { } one ? new Logic(one, config.Merge, "/value") : null;
        }
        return compilation.Template(compilation.Field("values"), "/values") is { } many ? new Logic(many, config.Merge, "/values") : null;
    }

    private sealed class Logic(Template values, VariableMerge merge, string field) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            var evaluation = values.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                return Failures.Of(evaluation, field);
            var changes = evaluation.Value.AsMap();
            if (merge == VariableMerge.Replace)
                return new NodeOutcome { Output = context.Data, Variables = changes };
            var merged = new MapBuilder();
            foreach (var change in changes.Entries)
            {
                var before = context.Variables.TryGet(change.Key, out var value) ? value : Value.Null;
                if (merge == VariableMerge.Append && !before.IsNull && before.Kind != ValueKind.List)
                    return Failures.Data($"The variable '{change.Key.AsString()}' is {Failures.Kind(before)}; only a list can be appended to.");
                merged.Set(change.Key.AsString(), merge == VariableMerge.Append ? Append(before, change.Value) : Deep(before, change.Value));
            }
            return new NodeOutcome { Output = context.Data, Variables = merged.Build() };
        }

        private static Value Append(Value before, Value added)
        {
            var items = new List<Value>();
            if (before.TryGetList(out var list))
                items.AddRange(list);
            if (added.TryGetList(out var more))
                items.AddRange(more);
            else
                items.Add(added);
            return ListValue.Create(items);
        }

        // No deeper than the values themselves, whose depth is bounded.
        private static Value Deep(Value before, Value change)
        {
            if (!before.TryGetMap(out var left) || !change.TryGetMap(out var right))
                return change;
            var merged = new MapBuilder(left);
            foreach (var entry in right.Entries)
                merged.Set(entry.Key.AsString(), left.TryGet(entry.Key, out var value) ? Deep(value, entry.Value) : entry.Value);
            return merged.Build();
        }
    }
}

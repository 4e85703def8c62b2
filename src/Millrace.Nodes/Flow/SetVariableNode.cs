using System.Collections.Immutable;
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

    [Description(
        "How to combine the new value with the old one: replace it, append to a list, or merge objects field by field. Nodes of parallel "
        + "branches that set the same variable need the same merge, append or deep: their parts are merged in a fixed order.")]
    public VariableMerge Merge { get; init; }
}

/// <summary>Sets workflow variables and passes on its data.</summary>
internal sealed class SetVariableNode : PureNodeType<SetVariableConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "setVariable",
        Title = "Set variable",
        Summary = "Sets workflow variables, and passes on its data.",
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
        ImmutableArray<string> names = [.. config.Values?.Keys ?? [config.Name!]];
        if (names.Any(name => name.Length == 0 || name.Contains("{{", StringComparison.Ordinal)))
            compilation.Error(
                config.Name is null ? "/values" : "/name",
                "invalid_name",
                "The name of a variable must be fixed text, not empty and without a template.");
        var (values, at) = config.Name is null ? (compilation.Field("values"), "/values") : (config.Value, "/value");
        return compilation.Template(values, at) is { } template
            ? new Logic(template, names, config.Merge, config.Name is not null, at)
            : null;
    }

    private sealed class Logic(
        Template values, ImmutableArray<string> names, VariableMerge merge, bool isOne, string field) : PureLogic, IVariableWriter
    {
        public IEnumerable<string> VariableNames => names;

        public override NodeOutcome Evaluate(NodeContext context)
        {
            var evaluation = values.Evaluate(context.Scope);
            return evaluation.Succeeded
                ? new NodeOutcome
                {
                    Output = context.Data,
                    Variables = isOne ? MapValue.Of(names[0], evaluation.Value) : evaluation.Value.AsMap(),
                    Merge = merge,
                }
                : Failures.Of(evaluation, field);
        }
    }
}

using System.Collections.Immutable;
using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Data;

internal sealed record AddFieldConfig
{
    [Description(
        "Fields and their values. Dots separate nested fields: customer.name. Values may be templates, or objects or lists with "
        + "templates in them.")]
    public IReadOnlyDictionary<string, Value>? Fields { get; init; }

    [Description("Instead of several fields: the one to set.")]
    public string? Field { get; init; }

    [Description("The value of the one field.")]
    public Value Value { get; init; }

    [Description("Whether all other fields are kept, or only these are passed on.")]
    public Keep Keep { get; init; }
}

internal enum Keep
{
    All,
    Only,
}

/// <summary>Sets fields on an object.</summary>
internal sealed class AddFieldNode : PureNodeType<AddFieldConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "addField",
        Aliases = ["set"],
        Title = "Set fields",
        Summary = "Sets fields on what arrived, and keeps the others.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(AddFieldConfig config, NodeCompilation compilation)
    {
        if ((config.Field is null) == (config.Fields is null))
        {
            compilation.Error("", "missing_field", "Setting fields needs either 'fields', or a 'field' and a 'value'.");
            return null;
        }
        var paths = ImmutableArray.CreateBuilder<FieldPath>();
        foreach (var name in config.Fields?.Keys ?? [config.Field!])
        {
            if (FieldPath.TryParse(name, out var path))
                paths.Add(path);
            else
                compilation.Error(config.Field is null ? "/fields" : "/field", "invalid_path", $"'{name}' is not the name of a field.");
        }
        var (values, at) = config.Field is null ? (compilation.Field("fields"), "/fields") : (config.Value, "/value");
        return compilation.Template(values, at) is { } template
            ? new Logic(paths.ToImmutable(), template, config.Field is not null, config.Keep == Keep.All, at)
            : null;
    }

    private sealed class Logic(ImmutableArray<FieldPath> paths, Template values, bool isOne, bool keepAll, string at) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            var result = MapValue.Empty;
            if (keepAll && !context.Data.IsNull && !context.Data.TryGetMap(out result!))
                return Failures.Data(
                    $"The node's input is {Failures.Kind(context.Data)}; fields can only be set on an object. Use 'keep: only' or a "
                        + "transform.");
            var evaluation = values.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                return Failures.Of(evaluation, at);
            for (var i = 0; i < paths.Length; i++)
            {
                if (!paths[i].TrySet(result, isOne ? evaluation.Value : evaluation.Value.AsMap().Entries[i].Value, out result, out var problem))
                    return Failures.Data($"{problem}.");
            }
            return NodeOutcome.Completed(result);
        }
    }
}

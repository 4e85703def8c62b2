using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record OutputConfig
{
    [Description("The result. May be a template, or an object or list with templates in it. By default, without fields, what arrived.")]
    public Value Value { get; init; }

    [Description("The result as an object, field by field; each may be a template.")]
    public IReadOnlyDictionary<string, Value>? Fields { get; init; }
}

/// <summary>Sets the execution's result.</summary>
internal sealed class OutputNode : PureNodeType<OutputConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "output",
        Aliases = ["end"],
        Title = "Output",
        Summary = "Sets the execution's result; several outputs are merged by node id.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        Role = NodeRole.Output,
    };

    protected override PureLogic? Compile(OutputConfig config, NodeCompilation compilation)
    {
        var hasValue = compilation.Config.TryGet("value", out var value);
        if (config.Fields is null)
            return hasValue ? Logic.Of(value, "/value", compilation) : PassOn.Instance;
        if (hasValue)
            compilation.Error("/fields", "conflicting_fields", "An output has either a 'value' or 'fields', not both.");
        return Logic.Of(compilation.Field("fields"), "/fields", compilation);
    }

    private sealed class Logic(Template template, string field) : PureLogic
    {
        public static Logic? Of(Value tree, string field, NodeCompilation compilation) =>
            compilation.Template(tree, field) is { } template ? new(template, field) : null;

        public override NodeOutcome Evaluate(NodeContext context)
        {
            var evaluation = template.Evaluate(context.Scope);
            return evaluation.Succeeded ? NodeOutcome.Completed(evaluation.Value) : Failures.Of(evaluation, field);
        }
    }
}

/// <summary>Hands on what arrived.</summary>
internal sealed class PassOn : PureLogic
{
    public static readonly PassOn Instance = new();

    public override NodeOutcome Evaluate(NodeContext context) => NodeOutcome.Completed(context.Data);
}

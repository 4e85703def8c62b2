using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record ManualInputConfig
{
    [Description("Wraps the value: the output is an object with this one field. Without it, the output is the value itself.")]
    public string? Field { get; init; }

    [Description("The value where none is given for this node at the start. May be a template.")]
    public Value Value { get; init; }

    [Description("The value where neither the start nor 'value' gives one. May be a template.")]
    public Value Default { get; init; }

    [Description("Whether there must be a value; else it is null where there is none.")]
    public bool Required { get; init; } = true;

    [Description("A form that a person fills in while the execution waits.")]
    public Value Form { get; init; }
}

/// <summary>Takes the value given for its own id when the execution is started.</summary>
internal sealed class ManualInputNode : PureNodeType<ManualInputConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "manualInput",
        Title = "Manual input",
        Summary = "Takes the value that is given for this node when the execution is started.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        Role = NodeRole.ManualInput,
    };

    protected override PureLogic? Compile(ManualInputConfig config, NodeCompilation compilation)
    {
        if (!config.Form.IsNull)
            compilation.Unsupported("/form", "a form");
        var (source, field) = config.Value.IsNull ? (config.Default, "/default") : (config.Value, "/value");
        return compilation.Template(source, field) is { } fallback ? new Logic(compilation.Node.Id, config, fallback, field) : null;
    }

    private sealed class Logic(string id, ManualInputConfig config, Template fallback, string fallbackField) : PureLogic
    {
        public override IEnumerable<Problem> CheckStart(Value input, Value? given) => given is null && config.Required && fallback.Source.IsNull
            ? [new Problem(new SourcePointer("/inputs").At(id).ToString(), "missing_input", $"Node '{id}' needs a value: give it as inputs.{id} when starting the execution, or set the node's 'value' or 'default'.")]
            : [];

        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (context.Given is { } given)
                return Completed(given);
            var evaluation = fallback.Evaluate(context.Scope);
            if (!evaluation.Succeeded)
                return Failures.Of(evaluation, fallbackField);
            return evaluation.Value.IsNull && config.Required
                ? NodeOutcome.Failed("missing_input", $"No value was given for '{id}'; give it as inputs.{id} when starting the execution.")
                : Completed(evaluation.Value);
        }

        private NodeOutcome Completed(Value value) => NodeOutcome.Completed(config.Field is null ? value : MapValue.Of(config.Field, value));
    }
}

using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace AcmeNodes;

/// <summary>The config: from it come the JSON schema, validation and the form in the Studio.</summary>
public sealed record MaskFieldConfig
{
    [Description("The field to read.")]
    public required string InputField { get; init; }

    [Description("The field to set.")]
    public required string OutputField { get; init; }

    [Description("How many characters at the end stay readable.")]
    public int Keep { get; init; } = 4;
}

/// <summary>A pure node: a function of what arrives. It runs inside the engine, and costs no write of its own.</summary>
public sealed class MaskFieldNode : PureNodeType<MaskFieldConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "maskField",
        Title = "Mask a field",
        Summary = "Sets a field to another one with all but its last characters hidden.",
        Category = "Data",
        Kind = NodeKind.Pure,
    };

    // Once, when the workflow is saved: whatever is wrong is a problem of the document, with its place.
    protected override PureLogic? Compile(MaskFieldConfig config, NodeCompilation compilation)
    {
        if (config.Keep < 0)
            compilation.Error("/keep", "invalid_value", $"'keep' is {config.Keep}; it must be 0 or more.");
        return compilation.HasErrors ? null : new Logic(config);
    }

    private sealed class Logic(MaskFieldConfig config) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            if (!context.Data.TryGetMap(out var data)
                || !data.TryGet(config.InputField, out var value)
                || !value.TryGetString(out var text))
                return NodeOutcome.Failed("data", $"What arrived has no text '{config.InputField}' to mask.");
            var hidden = Math.Max(text.Length - config.Keep, 0);
            return NodeOutcome.Completed(data.With(config.OutputField, new string('*', hidden) + text[hidden..]));
        }
    }
}

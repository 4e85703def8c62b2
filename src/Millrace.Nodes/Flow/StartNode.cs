using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record StartConfig
{
    [Description("A JSON schema that the execution's input must match.")]
    public Value Schema { get; init; }
}

/// <summary>Where executions begin; its output is the execution's input.</summary>
internal sealed class StartNode : PureNodeType<StartConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "start",
        Aliases = ["trigger"],
        Title = "Start",
        Summary = "Starts the workflow and passes on the execution's input.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        Role = NodeRole.Start,
    };

    protected override PureLogic? Compile(StartConfig config, NodeCompilation compilation) =>
        InputSchema.TryCompile(config.Schema, compilation, out var schema) ? new Logic(schema) : null;

    private sealed class Logic(Schema? schema) : PureLogic
    {
        public override IEnumerable<Problem> CheckStart(Value input, Value? given) => InputSchema.Check(schema, input);

        public override NodeOutcome Evaluate(NodeContext context) => NodeOutcome.Completed(context.Input);
    }
}

using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record FailConfig
{
    [Description("Why it fails, for people. May be a template.")]
    public string Message { get; init; } = "The workflow failed at this node.";

    [Description("The type of the error, for programs, such as: out_of_stock.")]
    public string Code { get; init; } = "fail";
}

internal sealed record StopConfig
{
    [Description("Why it ends here, for people; written to the log. May be a template.")]
    public string? Message { get; init; }

    [Description("Why it ends here, for programs; in the node's meta.")]
    public string? Code { get; init; }
}

/// <summary>Ends the whole execution as failed.</summary>
internal sealed class FailNode : PureNodeType<FailConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "fail",
        Title = "Fail",
        Summary = "Fails the whole execution; other branches are stopped.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        EndsExecution = true,
    };

    protected override PureLogic? Compile(FailConfig config, NodeCompilation compilation) =>
        compilation.Template(config.Message, "/message") is { } message ? new Logic(message, config.Code) : null;

    private sealed class Logic(Template message, string code) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            var text = message.Evaluate(context.Scope);
            var outcome = text.Succeeded ? NodeOutcome.Failed(code, Text.Of(text.Value)) : Failures.Of(text, "/message");
            return outcome with { Ending = Ending.Fail };
        }
    }
}

/// <summary>Ends the whole execution well.</summary>
internal sealed class StopNode : PureNodeType<StopConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "stop",
        Title = "Stop",
        Summary = "Completes the whole execution early, with the result so far; other branches are stopped.",
        Category = "Flow",
        Kind = NodeKind.Pure,
        EndsExecution = true,
    };

    protected override PureLogic? Compile(StopConfig config, NodeCompilation compilation) =>
        compilation.Template(config.Message, "/message") is { } message ? new Logic(message, config.Code) : null;

    private sealed class Logic(Template message, string? code) : PureLogic
    {
        private readonly Value _meta = code is null ? Value.Null : MapValue.Of("code", code);

        public override NodeOutcome Evaluate(NodeContext context)
        {
            var text = message.Evaluate(context.Scope);
            if (!text.Succeeded)
                return Failures.Of(text, "/message");
            return new NodeOutcome
            {
                Output = context.Data,
                Meta = _meta,
                Logs = text.Value.IsNull ? [] : [new LogLine("info", Text.Of(text.Value))],
                Ending = Ending.Stop,
            };
        }
    }
}

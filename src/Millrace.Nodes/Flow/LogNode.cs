using System.ComponentModel;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record LogConfig
{
    [Description("The text of the line. May be a template.")]
    public required string Message { get; init; }

    [Description("The level.")]
    public LogLevel Level { get; init; } = LogLevel.Info;

    [Description("Additional data. May be a template, or an object or list with templates in it.")]
    public Value Data { get; init; }
}

internal enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
}

/// <summary>Writes a line into the execution's log.</summary>
internal sealed class LogNode : PureNodeType<LogConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "log",
        Title = "Log",
        Summary = "Writes a line to the execution's log, and passes on its data.",
        Category = "Flow",
        Kind = NodeKind.Pure,
    };

    protected override PureLogic? Compile(LogConfig config, NodeCompilation compilation)
    {
        var message = compilation.Template(config.Message, "/message");
        var data = compilation.Template(config.Data, "/data");
        return message is null || data is null ? null : new Logic(message, config.Level.ToString().ToLowerInvariant(), data);
    }

    private sealed class Logic(Template message, string level, Template data) : PureLogic
    {
        public override NodeOutcome Evaluate(NodeContext context)
        {
            var text = message.Evaluate(context.Scope);
            if (!text.Succeeded)
                return Failures.Of(text, "/message");
            var more = data.Evaluate(context.Scope);
            return more.Succeeded
                ? new NodeOutcome { Output = context.Data, Logs = [new LogLine(level, Text.Of(text.Value), more.Value)] }
                : Failures.Of(more, "/data");
        }
    }
}

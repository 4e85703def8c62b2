using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Engine.Events;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Integration;

internal sealed record EmitConfig
{
    [Description("The type of the event, such as com.example.order.placed.")]
    public required string Type { get; init; }

    [Description(
        "The data of the event. May be a template, or an object or list with templates in it. By default, what arrives at the node.")]
    public Value Data { get; init; }

    [Description("The subject of the event, such as an order's number.")]
    public string? Subject { get; init; }
}

/// <summary>Publishes an event. Its id is the effect's key, so that it is published once whatever becomes of this process.</summary>
internal sealed class EmitNode : EffectNodeType<EmitConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "emit",
        Aliases = ["event"],
        Title = "Emit",
        Summary = "Publishes a CloudEvent exactly once, listed by `GET /api/v1/events`; the output is {id, source, type, subject?}.",
        Category = "Integration",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
    };

    protected override void Check(NodeCompilation compilation)
    {
        var type = compilation.Field("type");
        if (!Schema.IsTemplate(type) && type.TryGetString(out var text) && text.Length == 0)
            compilation.Error("/type", "invalid_value", "An event needs a type, such as com.example.order.placed.");
    }

    protected override async ValueTask<NodeOutcome> ExecuteAsync(EmitConfig config, EffectContext context, CancellationToken cancellation)
    {
        var data = config.Data.IsNull ? context.Data : config.Data;
        var made = CloudEvent.Create(
            context.IdempotencyKey, "/workflows/" + context.WorkflowId, config.Type, config.Subject, context.Time.GetUtcNow(), data);
        var problems = new List<Problem>();
        if (CloudEventReader.Read(made.ToValue(), "", problems) is null)
            return NodeOutcome.Failed("event", $"The event cannot be published: {problems[0].Message}");
        await context.PublishAsync(made);
        var output = new MapBuilder().Set("id", made.Id).Set("source", made.Source).Set("type", made.Type);
        return NodeOutcome.Completed((config.Subject is { } subject ? output.Set("subject", subject) : output).Build());
    }
}

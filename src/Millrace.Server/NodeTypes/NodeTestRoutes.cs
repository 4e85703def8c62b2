using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.NodeTypes;

/// <summary>Tries a node out, before it is part of a workflow.</summary>
internal sealed class NodeTestRoutes(NodeTypeOperations types)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/nodes/{type}/test", Reply.Of(TestAsync)).RequirePermission(Permission.EditWorkflows).Describe("Run one node alone", route => route
            .Detail(
                "Runs a node of this type like an execution does, and stores nothing. Effects are real: a node that calls or writes "
                    + "something does so. For a node that waits, the response says what it waits for.")
            .Body("NodeTest", """{"config": {"field": "total", "value": "{{ data.price * data.count }}"}, "input": {}, "data": {"price": 3, "count": 2}}""")
            .Replies(200, "The outcome of the node, which may be a failure.", "NodeTestResult")
            .Problems(404, 422));

    private async ValueTask<Reply> TestAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => new TrialRequest(
            fields.Map("config"), fields.Any("input"), fields.Any("data") is { IsNull: false } data ? data : (Value?)null));
        return bound.IsRead(out var request, out var problem)
            ? (await types.TryAsync(context.Caller(), context.RouteText("type"), request, context.RequestAborted)).ToReply(trial => Reply.Json(trial, Write))
            : problem;
    }

    private static void Write(Utf8JsonWriter writer, Trial ran)
    {
        var run = ran.Run;
        writer.WriteStartObject();
        writer.WriteString("status", run.Status.Name());
        ExecutionJson.WriteValue(writer, "output", run.Output);
        writer.WriteString("port", run.Port);
        ExecutionJson.WriteValue(writer, "meta", run.Meta);
        ExecutionJson.WriteValue(writer, "error", NodeRunJson.ErrorOf(run.Error));
        writer.WriteStartArray("logs");
        foreach (var written in ran.Events.OfType<LogWritten>())
            WriteLine(writer, written.Line);
        writer.WriteEndArray();
        writer.WriteNumber("duration", (long)ran.Duration.TotalMilliseconds);
        if (run.Node.Logic is EffectLogic)
            ExecutionJson.WriteValue(writer, "renderedConfig", run.Input);
        if (ran.Events.OfType<NodeWaiting>().FirstOrDefault() is { Wait: var wait })
            WriteWait(writer, wait);
        writer.WriteEndObject();
    }

    private static void WriteLine(Utf8JsonWriter writer, LogLine line)
    {
        writer.WriteStartObject();
        writer.WriteString("level", line.Level);
        writer.WriteString("message", line.Message);
        if (!line.Data.IsNull)
            ExecutionJson.WriteValue(writer, "data", line.Data);
        writer.WriteEndObject();
    }

    private static void WriteWait(Utf8JsonWriter writer, NodeWait wait)
    {
        writer.WriteStartObject("waitsFor");
        writer.WriteString("kind", wait.Kind);
        ExecutionJson.WriteTime(writer, "dueAt", wait.DueAt);
        writer.WriteEndObject();
    }
}

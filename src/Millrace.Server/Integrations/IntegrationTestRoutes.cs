using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Integrations;

/// <summary>Tries an integration out: one call, as a node of a workflow would make it.</summary>
internal sealed class IntegrationTestRoutes(IntegrationOperations integrations)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/integrations/{name}/test", Reply.Of(TestAsync)).RequirePermission(Permission.ManageIntegrations).Describe("Test an integration", route => route
            .Detail(
                "Sends one real request and returns the response: an operation that changes something does so. Without `operation`, the "
                    + "request is `GET /`, which only an integration without operations of its own allows.")
            .Body("IntegrationTest", """{"operation": "findCustomer", "params": {"id": 17}}""", isRequired: false)
            .Replies(200, "The response or the failure.", "IntegrationTestResult")
            .Problems(404, 422));

    private async ValueTask<Reply> TestAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Operation: fields.Text("operation", IntegrationOperations.MaxOperationLength), Values: fields.Map("params")));
        if (bound.Problem is not null)
            return bound.Problem;
        var (operation, values) = bound.Value;
        return (await integrations.TryAsync(context.Caller(), context.RouteText("name"), operation, values, context.RequestAborted)).ToReply(trial => Reply.Json(trial, Write));
    }

    private static void Write(Utf8JsonWriter writer, Trial ran)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("ok", ran.Run.Status == NodeStatus.Completed);
        ExecutionJson.WriteValue(writer, "output", ran.Run.Output);
        ExecutionJson.WriteValue(writer, "error", NodeRunJson.ErrorOf(ran.Run.Error));
        writer.WriteNumber("duration", (long)ran.Duration.TotalMilliseconds);
        writer.WriteEndObject();
    }
}

using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.NodeTypes;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Integrations;

/// <summary>Tries an integration out: one call, as a node of a workflow would make it.</summary>
internal sealed class IntegrationTrial(IntegrationLibrary library, NodeTrial trial, INodeCatalog types)
{
    private const int LongestOperation = 2_100;
    private const string Node = "integration";

    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/integrations/{name}/test", Reply.Of(TestAsync)).RequirePermission(Permission.ManageIntegrations).Describe("Try an integration", route => route
            .Detail("Sends one request and says what came back. It is no rehearsal: an operation that changes something does so. Without an operation, `GET /`, where the integration has no operations of its own.")
            .Body("IntegrationTest", """{"operation": "findCustomer", "params": {"id": 17}}""", isRequired: false)
            .Replies(200, "What came back, a failure included.", "IntegrationTestResult")
            .Problems(404, 422));

    private async ValueTask<Reply> TestAsync(HttpContext context)
    {
        var name = context.RouteText("name");
        if (await library.FindAsync(context.Tenant(), name, context.RequestAborted) is not { } found)
            return ProblemReply.NotFound("integration", name);
        var bound = await BodyFields.BindAsync(context, fields => Read(fields, found));
        if (bound.Problem is not null)
            return bound.Problem;
        var (operation, values) = bound.Value;
        var config = MapValue.Of(("service", name), ("operation", operation ?? "GET /"), ("params", values));
        return await trial.RunAsync(context.Tenant(), types.Find(Node)!, new TrialRequest(config, Value.Null, null), context.RequestAborted) switch
        {
            TrialOutcome.Ran ran => Reply.Json(ran, Write),
            TrialOutcome.Invalid invalid => ProblemReply.Invalid(string.Join(' ', invalid.Problems.Select(one => one.Message)), [.. invalid.Problems.Select(Located)]),
            var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
        };
    }

    private static (string? Operation, MapValue Values) Read(BodyFields fields, ShownIntegration found)
    {
        var operation = fields.Text("operation", LongestOperation);
        var values = fields.Map("params");
        if (operation is null && ((Value)found.Document)["operations"].TryGetMap(out var named) && named.Count > 0)
            fields.Wrong("operation", $"Which operation? The integration has {string.Join(", ", named.Entries.ToArray().Select(entry => entry.Key.AsString()))}.", "missing_field");
        return (operation, values);
    }

    private static Problem Located(Problem problem) => problem with { Pointer = problem.Pointer.Replace("/config", "", StringComparison.Ordinal) };

    private static void Write(Utf8JsonWriter writer, TrialOutcome.Ran ran)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("ok", ran.Run.Status == NodeStatus.Completed);
        ExecutionJson.WriteValue(writer, "output", ran.Run.Output);
        ExecutionJson.WriteValue(writer, "error", ExecutionDetails.ErrorOf(ran.Run.Error));
        writer.WriteNumber("duration", (long)ran.Duration.TotalMilliseconds);
        writer.WriteEndObject();
    }
}

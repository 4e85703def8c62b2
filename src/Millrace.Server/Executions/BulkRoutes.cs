using System.Text.Json;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>The same thing done to many executions, with a result for each.</summary>
internal sealed class BulkRoutes(BulkExecutions bulk)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/executions/bulk", Reply.Of(RunAsync)).RequirePermission(Permission.RunWorkflows).Describe("Cancel, retry or delete many executions", route => route
            .Detail("At most 1,000 at a time, by ids or by a filter with the query parameters of the list. A failure on one execution does not affect the others.")
            .Body("BulkRequest", """{"action": "cancel", "filter": {"workflowId": "orders", "status": ["waiting"]}}""")
            .Replies(200, "The result for each execution.", "BulkResults").Problems(422, 503));

    private async ValueTask<Reply> RunAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, Read);
        if (!bound.IsRead(out var command, out var problem))
            return problem;
        var done = command.Action == BulkAction.Delete ? StatusCodes.Status204NoContent : StatusCodes.Status202Accepted;
        return (await bulk.RunAsync(context.Caller(), command, context.RequestAborted)).ToReply(results => Reply.Json((Results: results, Done: done), Write));
    }

    private static BulkCommand Read(BodyFields fields)
    {
        var name = fields.RequiredText("action", BulkExecutions.MaxIdLength);
        var action = name switch
        {
            "retry" => BulkAction.Retry,
            "delete" => BulkAction.Delete,
            _ => BulkAction.Cancel,
        };
        if (!fields.HasProblems && name is not ("cancel" or "retry" or "delete"))
            fields.Wrong("action", $"'{name}' is not a supported action. Use cancel, retry or delete.");
        return new BulkCommand(
            action,
            fields.Texts("ids", BulkExecutions.MaxAtOnce, BulkExecutions.MaxIdLength),
            fields.Inside("filter", BulkFilter.Read),
            fields.Text("reason", ExecutionControl.MaxReasonLength),
            fields.Flag("confirm"));
    }

    private static void Write(Utf8JsonWriter writer, (IReadOnlyList<BulkResult> Results, int Done) bulk)
    {
        writer.WriteStartArray();
        foreach (var result in bulk.Results)
        {
            var problem = result.Refusal?.ToReply();
            writer.WriteStartObject();
            writer.WriteString("id", result.Id);
            writer.WriteNumber("status", problem?.Status ?? bulk.Done);
            if (problem is not null)
            {
                writer.WriteString("code", problem.Code);
                writer.WriteString("detail", problem.Detail);
            }
            if (result.NewId is not null)
                writer.WriteString("executionId", result.NewId);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}

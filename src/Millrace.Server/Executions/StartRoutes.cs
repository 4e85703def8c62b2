using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Starting executions.</summary>
internal sealed class StartRoutes(ExecutionStarts starts)
{
    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/workflows/{id}/execute", Reply.Of(StartAsync)).RequirePermission(Permission.RunWorkflows).Describe("Start an execution", route => route
            .Detail("After the response, the execution is stored and will run. Closing the connection does not cancel it.")
            .Query("wait", "How many seconds to wait for the end of the execution before the response.", """{"type": "number", "minimum": 0, "maximum": 60, "default": 0}""")
            .Idempotent().Body("ExecuteRequest", """{"input": {"name": "Ada"}}""", isRequired: false)
            .Replies(200, "It ended while the caller waited, with any status.", "Execution", "Location")
            .Replies(202, "It is stored and will run.", "Execution", "Location")
            .Problems(404, 409, 422, 503));

    private async ValueTask<Reply> StartAsync(HttpContext context)
    {
        var wait = TimeSpan.Zero;
        if (context.Request.QueryString.HasValue)
        {
            var query = new QueryParameters(context);
            wait = query.Seconds("wait", ExecutionStarts.MaxWait) ?? TimeSpan.Zero;
            if (query.Problem is not null)
                return query.Problem;
        }
        var bound = await BodyFields.BindAsync(context, fields => Read(fields, context.RouteText("id"), wait, context.IdempotencyKey()));
        if (!bound.IsRead(out var command, out var problem))
            return problem;
        return (await starts.StartAsync(context.Caller(), command, context.RequestAborted)).ToReply(execution => Reply.Json(
            execution,
            ExecutionJson.Write,
            wait > TimeSpan.Zero && execution.Status.IsTerminal() ? StatusCodes.Status200OK : StatusCodes.Status202Accepted,
            ExecutionJson.LocationOf(context, execution.Id)));
    }

    private static StartCommand Read(BodyFields fields, string workflowId, TimeSpan wait, string? key)
    {
        fields.HintUnknown("Put the input inside 'input': {\"input\": {...}}.");
        fields.Refuse("callbacks", "Callbacks are not available in this version. Follow the execution at its /events instead.");
        return new StartCommand
        {
            WorkflowId = workflowId,
            Input = fields.Any("input", "inputData", "params"),
            Inputs = fields.Map("inputs"),
            Variables = fields.Map("variables"),
            Version = fields.Integer("version", 1, int.MaxValue),
            Priority = fields.Integer("priority", -DefinitionLimits.Priority, DefinitionLimits.Priority),
            CorrelationId = fields.Text("correlationId", ExecutionStarts.MaxCorrelationIdLength),
            Wait = wait,
            Key = key,
        };
    }
}

using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Executions: lists, single ones, and cancelling. The seeds also call them jobs.</summary>
internal sealed class ExecutionRoutes(WorkflowEngine engine, IStore store, ExecutionHistory history)
{
    private const int LongestReason = 1_000;

    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var name in (ReadOnlySpan<string>)["/executions", "/jobs"])
        {
            var executions = api.MapGroup(name).RequirePermission(Permission.ViewExecutions);
            executions.MapGet("", Reply.Of(context => ListAsync(context, null))).Describe("List executions", route => Filters(route.Query("workflow_id", "Only those of this workflow.")));
            executions.MapGet("/{id}", Reply.Of(ReadAsync)).Describe("Read an execution", route => route.Replies(200, "The execution as it is now.", "Execution").Problems(404));
            executions.MapPost("/{id}/cancel", Reply.Of(CancelAsync)).RequirePermission(Permission.RunWorkflows).Describe("Cancel an execution", route => route
                .Idempotent().Body("Cancellation", """{"reason": "No longer needed"}""", isRequired: false)
                .Replies(202, "It will end; running effects get a moment.", "Execution").Problems(404, 409, 422));
        }
        api.MapGet("/workflows/{id}/executions", Reply.Of(ListOfWorkflowAsync)).RequirePermission(Permission.ViewExecutions)
            .Describe("List a workflow's executions", route => Filters(route).Problems(404));
    }

    /// <summary>Describes a list of executions.</summary>
    public static RouteDescriptionBuilder Filters(RouteDescriptionBuilder route) => route
        .Query("status", "Only those with one of these statuses, separated by commas.")
        .Query("from", "Only those created then or later.", ParameterSchemas.Time)
        .Query("to", "Only those created before then.", ParameterSchemas.Time)
        .Query("correlation_id", "Only those with the caller's own id.")
        .Query("q", "Only those with this text in an id, the current step or the error.")
        .Pages()
        .Lists("Execution", "Executions, the latest first.");

    /// <summary>The executions of one workflow.</summary>
    public async ValueTask<Reply> ListOfWorkflowAsync(HttpContext context)
    {
        var workflowId = context.RouteText("id");
        return await store.ReadWorkflowAsync(context.Tenant(), workflowId, context.RequestAborted) is null
            ? ProblemReply.NotFound("workflow", workflowId)
            : await ListAsync(context, workflowId);
    }

    private async ValueTask<Reply> ListAsync(HttpContext context, string? workflowId)
    {
        var query = new QueryParameters(context.Request);
        var page = Paging.Read(query);
        var filter = new ExecutionFilter(
            workflowId ?? query.Text("workflow_id") ?? query.Text("workflowId"),
            Statuses(query),
            query.Time("from"),
            query.Time("to"),
            query.Text("correlation_id") ?? query.Text("correlationId"),
            query.Text("q"));
        if (query.Problem is not null)
            return query.Problem;
        var found = await store.ListExecutionsAsync(context.Tenant(), filter, page with { Limit = page.Limit + 1 }, context.RequestAborted);
        return Paging.Reply(context, found, page.Limit, execution => execution.Id, ExecutionJson.Write);
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        return await store.ReadExecutionAsync(context.Tenant(), id, context.RequestAborted) is { } execution
            ? Reply.Json(history.InFull(execution), ExecutionJson.Write)
            : ProblemReply.NotFound("execution", id);
    }

    private async ValueTask<Reply> CancelAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var fields = new BodyFields(body);
        var reason = fields.Text("reason", LongestReason);
        if (fields.Problem is not null)
            return fields.Problem;
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        var outcome = await engine.CancelAsync(tenant, id, reason, IdempotencyKeys.Read(context, "cancel/" + id));
        var execution = await store.ReadExecutionAsync(tenant, id, context.RequestAborted);
        if (outcome == WriteOutcome.NotFound || execution is null)
            return ProblemReply.NotFound("execution", id);
        return outcome == WriteOutcome.Terminal
            ? ProblemReply.Conflict("already_ended", $"Execution '{id}' has ended ({execution.Status.Name()}) and can no longer be cancelled.")
            : Reply.Json(history.InFull(execution), ExecutionJson.Write, StatusCodes.Status202Accepted);
    }

    private static ImmutableArray<ExecutionStatus> Statuses(QueryParameters query)
    {
        var statuses = ImmutableArray.CreateBuilder<ExecutionStatus>();
        foreach (var name in query.List("status"))
        {
            if (StatusNames.ParseExecution(name) is { } status)
                statuses.Add(status);
            else
                query.Wrong("status", $"'{name}' is no status. Use {string.Join(", ", Enum.GetValues<ExecutionStatus>().Select(known => known.Name()))}.");
        }
        return statuses.ToImmutable();
    }
}

using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;

namespace Millrace.Server.Executions;

/// <summary>Executions: lists, single ones, and cancelling. The seeds also call them jobs.</summary>
internal sealed class ExecutionRoutes(WorkflowEngine engine, IStore store)
{
    private const int LongestReason = 1_000;

    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var name in (ReadOnlySpan<string>)["/executions", "/jobs"])
        {
            var executions = api.MapGroup(name).RequirePermission(Permission.ViewExecutions);
            executions.MapGet("", Reply.Of(context => ListAsync(context, null)));
            executions.MapGet("/{id}", Reply.Of(ReadAsync));
            executions.MapPost("/{id}/cancel", Reply.Of(CancelAsync)).RequirePermission(Permission.RunWorkflows);
        }
        api.MapGet("/workflows/{id}/executions", Reply.Of(ListOfWorkflowAsync)).RequirePermission(Permission.ViewExecutions);
    }

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
            ? Reply.Json(execution, ExecutionJson.Write)
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
            : Reply.Json(execution, ExecutionJson.Write, StatusCodes.Status202Accepted);
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

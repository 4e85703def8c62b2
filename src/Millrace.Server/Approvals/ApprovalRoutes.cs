using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Approvals;

/// <summary>What waits for people: approvals and forms.</summary>
internal sealed class ApprovalRoutes(IStore store, ApprovalAnswers answers, SignedLinks links)
{
    /// <summary>The kinds of waits that people end.</summary>
    public static readonly ImmutableArray<string> Kinds = [NodeWait.Approval, NodeWait.Form];

    public void Map(IEndpointRouteBuilder api)
    {
        var approvals = api.MapGroup("/approvals").RequirePermission(Permission.ViewExecutions);
        approvals.MapGet("", Reply.Of(ListAsync)).Describe("List approvals and forms", route => route
            .Query("assignee", "Only those that this user is to answer.")
            .Query("status", "Only those with one of these statuses, separated by commas.", """{"type": "string", "examples": ["open"]}""")
            .Query("execution_id", "Only those of this execution.")
            .Pages().Lists("Approval", "Approvals and forms, those of the latest executions first."));
        approvals.MapGet("/{id}", Reply.Of(ReadAsync)).Describe("Read an approval or form", route => route
            .Detail("Those who may answer it get its `link`, which lets anybody answer.")
            .Replies(200, "The approval or form as it is now.", "Approval").Problems(404));
        approvals.MapPost("/{id}", Reply.Of(AnswerAsync)).RequirePermission(Permission.RunWorkflows).Describe("Answer an approval or form", route => route
            .Detail("An approval takes a decision, and `data` where it has a form; a form takes `data`. Of two answers one is refused.")
            .Idempotent().Body("ApprovalAnswer", """{"decision": "approved", "comment": "Fine with me", "data": {"limit": 500}}""")
            .Replies(200, "The answer is stored, and its execution goes on.", "Approval").Problems(404, 409, 422));
    }

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context.Request);
        var page = Paging.Read(query);
        var filter = new WaitFilter(query.Text("assignee"), Statuses(query), query.Text("execution_id") ?? query.Text("executionId"), Kinds);
        if (query.Problem is not null)
            return query.Problem;
        var found = await store.ListWaitsAsync(context.Tenant(), filter, page with { Limit = page.Limit + 1 }, context.RequestAborted);
        return Paging.Reply(context, found, page.Limit, wait => wait.Id, ApprovalJson.Write);
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } wait)
            return ProblemReply.NotFound("approval", context.RouteText("id"));
        var link = wait.Status == WaitStatus.Open && MayAnswer(context.Caller(), wait) ? links.LinkTo(AddressOf(wait), new WaitLink(LinkKind.Answer)) : null;
        return Reply.Json((Wait: wait, Link: link), static (writer, shown) => ApprovalJson.Write(writer, shown.Wait, shown.Link));
    }

    private async ValueTask<Reply> AnswerAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        if (await FindAsync(context) is not { } wait)
            return ProblemReply.NotFound("approval", context.RouteText("id"));
        if (!MayAnswer(context.Caller(), wait))
            return new ProblemReply(StatusCodes.Status403Forbidden, "not_assigned", $"'{wait.Id}' is for {string.Join(", ", wait.Assignees)} to answer, or for an administrator.");
        var key = IdempotencyKeys.Read(context, "approval/" + wait.Id);
        var (answered, refusal) = await answers.AnswerAsync(wait, body, context.Caller().User, key, context.RequestAborted);
        return answered is null ? refusal! : Reply.Json(answered, ApprovalJson.Write);
    }

    private async ValueTask<WaitRecord?> FindAsync(HttpContext context) =>
        await store.ReadWaitAsync(context.Tenant(), context.RouteText("id"), context.RequestAborted) is { } wait && Kinds.Contains(wait.Kind, StringComparer.Ordinal) ? wait : null;

    private static bool MayAnswer(Caller caller, WaitRecord wait) => caller.Role >= Permissions.MinimalRole(Permission.RunWorkflows)
        && (caller.Role == Role.Admin || wait.Assignees.IsEmpty || wait.Assignees.Contains(caller.User ?? "", StringComparer.Ordinal));

    private static WaitAddress AddressOf(WaitRecord wait) => new(wait.Tenant, wait.ExecutionId, wait.NodeId, wait.Iteration);

    private static ImmutableArray<WaitStatus> Statuses(QueryParameters query)
    {
        var statuses = ImmutableArray.CreateBuilder<WaitStatus>();
        foreach (var name in query.List("status"))
        {
            switch (name.ToLowerInvariant())
            {
                case "open": statuses.Add(WaitStatus.Open); break;
                case "answered": statuses.Add(WaitStatus.Answered); break;
                case "closed": statuses.Add(WaitStatus.Closed); break;
                default: query.Wrong("status", $"'{name}' is no status. Use open, answered or closed."); break;
            }
        }
        return statuses.ToImmutable();
    }
}

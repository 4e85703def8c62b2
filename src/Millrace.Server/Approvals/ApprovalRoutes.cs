using System.Collections.Immutable;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Approvals;

/// <summary>What waits for people: approvals and forms.</summary>
internal sealed class ApprovalRoutes(ApprovalAnswers answers)
{
    private const int MaxDecisionLength = 100;

    public void Map(IEndpointRouteBuilder api)
    {
        var approvals = api.MapGroup("/approvals").RequirePermission(Permission.ViewExecutions);
        approvals.MapGet("", Reply.Of(ListAsync)).Describe("List approvals and forms", route => route
            .Query("assignee", "Only those assigned to this user.")
            .Query("status", "Only those with one of these statuses, separated by commas.", """{"type": "string", "examples": ["open"]}""")
            .Query("execution_id", "Only those of this execution.")
            .Pages().Lists("Approval", "Approvals and forms, those of the latest executions first."));
        approvals.MapGet("/{id}", Reply.Of(ReadAsync)).Describe("Read an approval or form", route => route
            .Detail("Users who may answer it get its `link`, with which anyone can answer.")
            .Replies(200, "The approval or form as it is now.", "Approval").Problems(404));
        approvals.MapPost("/{id}", Reply.Of(AnswerAsync)).RequirePermission(Permission.RunWorkflows).Describe("Answer an approval or form", route => route
            .Detail("An approval takes a decision, and `data` if it has a form; a form takes `data`. Only the first answer is accepted.")
            .Idempotent().Body("ApprovalAnswer", """{"decision": "approved", "comment": "Fine with me", "data": {"limit": 500}}""")
            .Replies(200, "The answer is stored, and its execution continues.", "Approval").Problems(404, 409, 422));
    }

    /// <summary>Reads {decision, comment?, data?}; of a form {data} or {value}.</summary>
    public static ApprovalAnswer ReadAnswer(BodyFields fields) => new(
        fields.Text("decision", MaxDecisionLength),
        fields.Text("comment", ApprovalAnswers.MaxCommentLength),
        fields.Any("data", "value"));

    private async ValueTask<Reply> ListAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var page = Paging.Read(query);
        var filter = new WaitFilter(query.Text("assignee"), Statuses(query), query.Text("execution_id"));
        if (query.Problem is not null)
            return query.Problem;
        return (await answers.ListAsync(context.Caller(), filter, page, context.RequestAborted)).ToReply(listed => Paging.Reply(context, listed, ApprovalJson.Write));
    }

    private async ValueTask<Reply> ReadAsync(HttpContext context) =>
        (await answers.ReadAsync(context.Caller(), context.RouteText("id"), context.RequestAborted)).ToReply(shown =>
            Reply.Json(shown, static (writer, one) => ApprovalJson.Write(writer, one.Wait, one.Link)));

    private async ValueTask<Reply> AnswerAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, ReadAnswer);
        if (!bound.IsRead(out var answer, out var problem))
            return problem;
        var outcome = await answers.AnswerAsync(context.Caller(), context.RouteText("id"), answer, context.IdempotencyKey(), context.RequestAborted);
        return outcome.ToReply(wait => Reply.Json(wait, ApprovalJson.Write));
    }

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
                default: query.Wrong("status", $"'{name}' is not a status. Use open, answered or closed."); break;
            }
        }
        return statuses.ToImmutable();
    }
}

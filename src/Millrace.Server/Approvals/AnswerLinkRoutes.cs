using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Approvals;

/// <summary>
/// The link that lets whoever has it answer, without an account: a page in a browser, JSON for programs. Looking never answers, so that
/// programs which open every link of a mail do no harm.
/// </summary>
internal sealed class AnswerLinkRoutes(ApprovalAnswers answers)
{
    private const int MaxFields = 1_000;

    public void Map(IEndpointRouteBuilder api)
    {
        var link = api.MapGroup("/approvals/{id}/answer")
            .RequirePermission(Permission.Public).WithMetadata(new HostRule(AcceptedHosts.OwnAddress));
        link.MapGet("", Reply.Of(ShowAsync))
            .Describe("Show the question of a link", route =>
                Answers(route).Detail(
                    "A page with a form to `Accept: text/html`, JSON otherwise. The `token` is the only authentication."));
        link.MapPost("", Reply.Of(AnswerAsync)).Describe("Answer with a link", route => Answers(route)
            .Detail("Takes JSON, or the form of the page, which gets the page again.").Idempotent()
            .Body("ApprovalAnswer", """{"decision": "approved", "comment": "Fine with me"}""").Replies(303, "The answer is stored; the page shows it.", null, "Location").Problems(422));
    }

    private static RouteDescriptionBuilder Answers(RouteDescriptionBuilder route) => route
        .Query("token", "The signature in the link.").Content(200, "The question and its status.", "Approval", ["application/json", "text/html"]).Problems(404, 409);

    private async ValueTask<Reply> ShowAsync(HttpContext context)
    {
        if (!(await FindAsync(context)).IsDone(out var wait, out var refusal))
            return Refuse(context.Request, refusal);
        if (!WantsPage(context.Request))
            return Reply.Json(wait, ApprovalJson.Write);
        return wait.Status == WaitStatus.Open ? AnswerPage.Ask(wait) : AnswerPage.Show(wait);
    }

    private async ValueTask<Reply> AnswerAsync(HttpContext context)
    {
        if (IsForm(context.Request))
            return await AnswerFormAsync(context);
        if (context.Request.ContentType is not null && RequestBody.FormatOf(context.Request) is null)
            return new ProblemReply(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send the answer as application/json, or as the page's form does.");
        var bound = await BodyFields.BindAsync(context, ApprovalRoutes.ReadAnswer);
        if (!bound.IsRead(out var answer, out var problem))
            return problem;
        return (await SendAsync(context, answer)).ToReply(wait => Reply.Json(wait, ApprovalJson.Write));
    }

    private async ValueTask<Reply> AnswerFormAsync(HttpContext context)
    {
        if (!(await FindAsync(context)).IsDone(out var wait, out var refusal))
            return Refuse(context.Request, refusal);
        var (content, unreadable) = await RequestBody.ReadAsync(context);
        if (unreadable is not null)
            return unreadable;
        var text = content.Text;
        if (text.Count(c => c == '&') >= MaxFields)
            return ProblemReply.Malformed("malformed_form", $"The form has more than {MaxFields} fields.");
        var posted = QueryHelpers.ParseQuery(text);
        var decision = TextOf(posted, "decision");
        var data = decision is ApprovalAnswers.Rejected ? default : AnswerField.Read(AnswerField.Of(wait.Form), posted);
        if ((await SendAsync(context, new ApprovalAnswer(decision, TextOf(posted, "comment"), data))).IsDone(out _, out var refused))
            return new SeeAgain();
        var problem = refused.ToReply();
        if (problem.Errors.Count > 0)
            return AnswerPage.Ask(wait, posted, problem.Errors, problem.Status);
        return AnswerPage.Show((await FindAsync(context)).IsDone(out var after, out _) ? after : wait, problem.Status);
    }

    private ValueTask<Outcome<WaitRecord>> FindAsync(HttpContext context) => answers.FindByLinkAsync(context.RouteText("id"), TokenOf(context), context.RequestAborted);

    private ValueTask<Outcome<WaitRecord>> SendAsync(HttpContext context, ApprovalAnswer answer) =>
        answers.AnswerByLinkAsync(context.RouteText("id"), TokenOf(context), answer, context.IdempotencyKey(), context.RequestAborted);

    private static string? TokenOf(HttpContext context) => new QueryParameters(context).Text("token");

    private static Reply Refuse(HttpRequest request, Refusal refusal)
    {
        var problem = refusal.ToReply();
        return WantsPage(request) ? AnswerPage.Say("Nothing to answer", refusal.Message, problem.Status) : problem;
    }

    private static bool WantsPage(HttpRequest request) => IsForm(request) || request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static bool IsForm(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && string.Equals(type.MediaType.Value, "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);

    private static string? TextOf(Dictionary<string, StringValues> posted, string name) => posted.TryGetValue(name, out var values) && values is [{ Length: > 0 } text, ..] ? text : null;

    // So that loading the page again sends nothing again.
    private sealed class SeeAgain : Reply
    {
        public override Task WriteAsync(HttpContext context)
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = context.Request.Path.ToUriComponent() + context.Request.QueryString.ToUriComponent();
            return Task.CompletedTask;
        }
    }
}

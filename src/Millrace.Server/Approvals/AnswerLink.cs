using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Approvals;

/// <summary>
/// The link that lets whoever has it answer, without an account: a page in a browser, JSON for programs. Looking never answers, so that
/// programs which open every link of a mail do no harm.
/// </summary>
internal sealed class AnswerLink(IStore store, ApprovalAnswers answers, SignedLinks links)
{
    private const string AnsweredBy = "link";
    private const int MostFields = 1_000;

    public void Map(IEndpointRouteBuilder api)
    {
        var link = api.MapGroup("/approvals/{id}/answer").RequirePermission(Permission.Public);
        link.MapGet("", Reply.Of(ShowAsync)).Describe("Look at what a link asks", route => Answers(route).Detail("A page with a form to `Accept: text/html`, JSON otherwise. The `token` is all it needs."));
        link.MapPost("", Reply.Of(AnswerAsync)).Describe("Answer by a link", route => Answers(route)
            .Detail("Takes JSON, or what the page's form sends, which is answered with the page again.")
            .Body("ApprovalAnswer", """{"decision": "approved", "comment": "Fine with me"}""").Replies(303, "It is stored; the page shows it.", null, "Location").Problems(422));
    }

    private static RouteDescriptionBuilder Answers(RouteDescriptionBuilder route) => route
        .Query("token", "The signature that the link came with.").Content(200, "What is asked, and how it stands.", "Approval", ["application/json", "text/html"]).Problems(404, 409);

    private async ValueTask<Reply> ShowAsync(HttpContext context)
    {
        var (wait, problem) = await FindAsync(context);
        if (wait is null)
            return problem!;
        if (!WantsPage(context.Request))
            return Reply.Json(wait, ApprovalJson.Write);
        return wait.Status == WaitStatus.Open ? AnswerPage.Ask(wait) : AnswerPage.Show(wait);
    }

    private async ValueTask<Reply> AnswerAsync(HttpContext context)
    {
        var (wait, problem) = await FindAsync(context);
        if (wait is null)
            return problem!;
        if (IsForm(context.Request))
            return await AnswerFormAsync(context, wait);
        if (context.Request.ContentType is not null && RequestBody.FormatOf(context.Request) is null)
            return new ProblemReply(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Send the answer as application/json, or as the page's form does.");
        var (body, malformed) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return malformed!;
        var (answered, refusal) = await answers.AnswerAsync(wait, body, AnsweredBy, idempotency: null, context.RequestAborted);
        return answered is null ? refusal! : Reply.Json(answered, ApprovalJson.Write);
    }

    private async ValueTask<Reply> AnswerFormAsync(HttpContext context, WaitRecord wait)
    {
        var text = Encoding.UTF8.GetString(await RequestBody.ReadBytesAsync(context));
        if (text.Count(c => c == '&') >= MostFields)
            return ProblemReply.Malformed("malformed_form", $"The form has more than {MostFields} fields.");
        var posted = QueryHelpers.ParseQuery(text);
        var data = AnswerField.Read(AnswerField.Of(wait.Form), posted);
        var decision = TextOf(posted, "decision");
        var body = new MapBuilder().SetIfPresent("decision", decision).SetIfPresent("comment", TextOf(posted, "comment"));
        if (decision is not ApprovalAnswers.Rejected)
            body.SetIfPresent("data", data);
        var (answered, refusal) = await answers.AnswerAsync(wait, body.Build(), AnsweredBy, idempotency: null, context.RequestAborted);
        if (answered is not null)
            return new SeeAgain();
        if (refusal!.Errors.Count > 0)
            return AnswerPage.Ask(wait, posted, refusal.Errors, refusal.Status);
        return AnswerPage.Show(await store.ReadWaitAsync(wait.Tenant, wait.Id, context.RequestAborted) ?? wait, refusal.Status);
    }

    private async ValueTask<(WaitRecord? Wait, Reply? Problem)> FindAsync(HttpContext context)
    {
        var id = context.RouteText("id");
        var address = links.Verify(context.Request.Query["token"].ToString(), LinkKind.Answer);
        if (address is null || !string.Equals(address.Id, id, StringComparison.Ordinal))
            return (null, Refuse(context.Request, StatusCodes.Status404NotFound, "not_found", "This link is not whole. Open it exactly as you were given it."));
        if (await store.ReadWaitAsync(address.Tenant, id, context.RequestAborted) is { } wait)
            return (wait, null);
        var execution = await store.ReadExecutionAsync(address.Tenant, address.ExecutionId, context.RequestAborted);
        return (null, execution is null || execution.Status.IsTerminal()
            ? Refuse(context.Request, StatusCodes.Status404NotFound, "not_found", "There is nothing to answer here any more.")
            : Refuse(context.Request, StatusCodes.Status409Conflict, "not_yet_open", "The work has not come to this question yet. Try again later."));
    }

    private static Reply Refuse(HttpRequest request, int status, string code, string sentence) =>
        WantsPage(request) ? AnswerPage.Say("Nothing to answer", sentence, status) : new ProblemReply(status, code, sentence);

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

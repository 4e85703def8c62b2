using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Webhooks;
using Millrace.Server.Access;
using Millrace.Server.Configuration;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;
using Millrace.Server.Webhooks.Callers;

namespace Millrace.Server.Webhooks;

/// <summary>
/// Calls from outside that begin executions: /webhooks/PATH is the default tenant's, /webhooks/@TENANT/PATH another's. No path can begin with '@',
/// so that the two are never mixed up.
/// </summary>
internal sealed class WebhookRoutes(WebhookOperations webhooks, CallerChecks callers, WebhookBody bodies, AccessSettings access)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    private readonly OpenAccess _open = new(access);

    public void Map(IEndpointRouteBuilder app) =>
        app.MapMethods("/webhooks/{**path}", Methods, Reply.Of(CallAsync)).RequirePermission(Permission.Public)
            .WithMetadata(new TakesAnyRequest(), new ActsOnGet(), new HostRule(AcceptedHosts.CheckedByRoute))
            .Describe("Call a webhook", route => route
            .Detail("Starts the workflow with a webhook at this path; the request is its input. "
                + "The workflow decides which methods are accepted, how callers authenticate, and what the response is: "
                + "with `responseMode: respond` one of its nodes sets status, headers and body.")
            .Idempotent()
            .Replies(200, "The result of the execution, if the webhook waits for it.", "WebhookResult")
            .Replies(202, "The execution is stored and runs.", "WebhookStarted")
            .Problems(400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 503));

    private async ValueTask<Reply> CallAsync(HttpContext context)
    {
        var (tenant, path) = Split(context.RouteText("path"));
        var found = await webhooks.FindAsync(tenant, path, context.RequestAborted);
        var webhook = found.FirstOrDefault(one => one.Takes(context.Request.Method));
        // Also which addresses there are is nothing for a page that came by another name.
        if (webhook?.Logic.Callers is null && _open.RefuseHost(context.Request) is { } refusal)
            return refusal;
        if (found.IsEmpty)
            return new ProblemReply(StatusCodes.Status404NotFound, "not_found", $"No active workflow has a webhook at '{path}'.");
        if (webhook is null)
            return RefuseMethod(context, found);
        var (content, unreadable) = await RequestBody.ReadAsync(context);
        var verdict = await callers.CheckAsync(tenant, webhook.Logic.Callers, context.Request, content.Sent, context.RequestAborted);
        if (verdict is not CallerVerdict.Admitted admitted)
            return CallerChecks.Refuse(context, (CallerVerdict.Refused)verdict);
        if (unreadable is not null)
            return unreadable;
        var (body, problem) = await bodies.ReadAsync(tenant, content, context.Request.ContentType, context.RequestAborted);
        if (problem is not null)
            return problem;
        var input = WebhookRequest.ToValue(context.Request, path, body, webhook.Logic.Callers?.CredentialHeader);
        var call = new WebhookCall(input, admitted.DeliveryId, context.IdempotencyKey()) { ExpiresAt = admitted.ExpiresAt };
        return (await webhooks.StartAsync(tenant, webhook, call, context.RequestAborted)).ToReply(ReplyOf);
    }

    private static Reply ReplyOf(WebhookResult result) => result switch
    {
        WebhookResult.Started started => Started(started.ExecutionId),
        WebhookResult.Ended ended => Ended(ended.Execution),
        WebhookResult.Responded responded => new WebhookReply(responded.Response, responded.File),
        WebhookResult.FileMissing => new ProblemReply(
            StatusCodes.Status500InternalServerError, "unreadable_data", "The response is a file that no longer exists."),
        _ => throw new InvalidOperationException($"Unknown result {result.GetType().Name}."),
    };

    private static Reply Started(string executionId) => Reply.Json(executionId, static (writer, id) =>
    {
        writer.WriteStartObject();
        writer.WriteString("executionId", id);
        writer.WriteEndObject();
    }, StatusCodes.Status202Accepted);

    private static Reply Ended(ExecutionRecord execution) => execution.Status == ExecutionStatus.Completed
        ? Reply.Json(execution.Result, static (writer, result) =>
            writer.WriteRawValue(result.IsEmpty ? "null"u8 : result.Utf8.Span, skipInputValidation: true))
        // What went wrong inside is the owner's to see, not the caller's.
        : new ProblemReply(StatusCodes.Status500InternalServerError, $"workflow_{execution.Status.Name()}", $"Execution '{execution.Id}' was started, but ended as {execution.Status.Name()}.");

    private static ProblemReply RefuseMethod(HttpContext context, ImmutableArray<WebhookStart> found)
    {
        var allowed = string.Join(", ", found.SelectMany(one => one.Logic.Methods).Distinct(StringComparer.Ordinal));
        context.Response.Headers.Allow = allowed;
        return new ProblemReply(StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This webhook does not support {context.Request.Method}. Use {allowed}.");
    }

    private static (string Tenant, string Path) Split(string path)
    {
        path = path.Trim('/');
        if (!path.StartsWith('@'))
            return (Caller.DefaultTenant, path);
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (path[1..], "") : (path[1..slash], path[(slash + 1)..]);
    }
}

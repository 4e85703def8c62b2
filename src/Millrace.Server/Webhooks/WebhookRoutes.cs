using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Webhooks;
using Millrace.Engine.Workflows;
using Millrace.Server.Access;
using Millrace.Server.Configuration;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Webhooks;

/// <summary>
/// Calls from outside that begin executions: /webhooks/PATH is the default tenant's, /webhooks/@TENANT/PATH another's. No path can begin with '@',
/// so that the two are never mixed up.
/// </summary>
internal sealed class WebhookRoutes(WorkflowLibrary workflows, ExecutionStarts starts, ExecutionHistory history, AccessSettings access)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly AllowedOrigins _origins = new(access.Origins);

    public void Map(IEndpointRouteBuilder app) =>
        app.MapMethods("/webhooks/{**path}", Methods, Reply.Of(CallAsync)).RequirePermission(Permission.Public).Describe("Call a webhook", route => route
            .Detail("Starts the workflow that has a webhook at this path, with whatever the request brings; which methods it takes is the workflow's.")
            .Idempotent()
            .Replies(200, "The result of the execution, where the webhook waits for it.", "WebhookResult")
            .Replies(202, "The execution is stored and runs.", "WebhookStarted")
            .Problems(400, 403, 404, 405, 409, 413, 415, 422, 500, 503));

    private async ValueTask<Reply> CallAsync(HttpContext context)
    {
        if (RefuseForeignPage(context.Request) is { } refusal)
            return refusal;
        var (tenant, path) = Split(context.RouteText("path"));
        var found = await workflows.Webhooks.FindAsync(tenant, path, context.RequestAborted);
        if (found.IsEmpty)
            return new ProblemReply(StatusCodes.Status404NotFound, "not_found", $"No active workflow has a webhook at '{path}'.");
        if (found.FirstOrDefault(one => one.Takes(context.Request.Method)) is not { } webhook)
            return RefuseMethod(context, found);
        var (body, problem) = await WebhookBody.ReadAsync(context);
        return problem ?? await StartAsync(context, tenant, path, webhook, body);
    }

    private async ValueTask<Reply> StartAsync(HttpContext context, string tenant, string path, WebhookStart webhook, Value body)
    {
        var request = new StartRequest
        {
            Tenant = tenant,
            WorkflowId = webhook.WorkflowId,
            Input = WebhookRequest.ToValue(context.Request, path, body),
            TriggerType = "webhook",
            StartNode = webhook.NodeId,
            Idempotency = IdempotencyKeys.Read(context, $"webhook/{webhook.WorkflowId}"),
            Waits = webhook.Logic.Waits,
        };
        var (execution, ended, problem) = await starts.TryStartAsync(request, context.RequestAborted);
        if (execution is null)
            return problem!;
        if (ended is not null && !execution.Status.IsTerminal())
            execution = await starts.WaitAsync(execution, ended, LongestWait, context.RequestAborted);
        if (!request.Waits || !execution.Status.IsTerminal())
            return Reply.Json(execution.Id, static (writer, id) =>
            {
                writer.WriteStartObject();
                writer.WriteString("executionId", id);
                writer.WriteEndObject();
            }, StatusCodes.Status202Accepted);
        return execution.Status == ExecutionStatus.Completed
            ? Reply.Json(history.InFull(execution).Result, static (writer, result) => writer.WriteRawValue(result.IsEmpty ? "null"u8 : result.Utf8.Span, skipInputValidation: true))
            // What went wrong inside is the owner's to see, not the caller's.
            : new ProblemReply(StatusCodes.Status500InternalServerError, $"workflow_{execution.Status.Name()}", $"Execution '{execution.Id}' was started, but ended as {execution.Status.Name()}.");
    }

    // Where anybody on this machine may do everything, a page of somebody else's must not, through the browser of who looks at it.
    private ProblemReply? RefuseForeignPage(HttpRequest request) =>
        access.JwtSecret is null && request.Headers.Origin is [{ } origin, ..] && !_origins.Contains(origin)
            ? new ProblemReply(StatusCodes.Status403Forbidden, "origin_not_allowed", $"Pages of '{origin}' may not call this server. Name that origin in {SettingNames.CorsOrigins} if they should.")
            : null;

    private static ProblemReply RefuseMethod(HttpContext context, ImmutableArray<WebhookStart> found)
    {
        var allowed = string.Join(", ", found.SelectMany(one => one.Logic.Methods).Distinct(StringComparer.Ordinal));
        context.Response.Headers.Allow = allowed;
        return new ProblemReply(StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"This webhook does not take {context.Request.Method}. Use {allowed}.");
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

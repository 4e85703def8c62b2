using System.Text.Json;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;
using Millrace.Server.Webhooks;
using Millrace.Server.Webhooks.Callers;

namespace Millrace.Server.Callbacks;

/// <summary>Calls from outside that executions wait for in the middle of their work. Whoever has the address may call it, once.</summary>
internal sealed class CallbackRoutes(CallbackOperations callbacks, CallerChecks callers, WebhookBody bodies)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    public void Map(IEndpointRouteBuilder app)
    {
        foreach (var pattern in (ReadOnlySpan<string>)["/callbacks/{token}", "/callbacks/{token}/{**path}"])
            app.MapMethods(pattern, Methods, Reply.Of(CallAsync)).RequirePermission(Permission.Public)
                .WithMetadata(new TakesAnyRequest(), new ActsOnGet(), new HostRule(AcceptedHosts.OwnAddress))
                .Describe("Call an execution back", route => route
                .Detail("Passes the request to the node of this address: a `callback`, or a node that waits for an external task. "
                    + "It may arrive before the node waits; a second call is refused, unless it has the `Idempotency-Key` of the first.")
                .Idempotent()
                .Replies(202, "The call is stored, and its execution continues.", "CallbackAccepted")
                .Problems(400, 404, 409, 410, 413, 503));
    }

    private async ValueTask<Reply> CallAsync(HttpContext context)
    {
        if (!(await callbacks.FindAsync(context.RouteText("token"), context.RequestAborted)).IsDone(out var call, out var refusal))
            return refusal.ToReply();
        var (content, unreadable) = await RequestBody.ReadAsync(context);
        var tenant = call.Address.Tenant;
        if (await callers.CheckAsync(tenant, call.Callers, context.Request, content.Sent, context.RequestAborted) is CallerVerdict.Refused refused)
            return CallerChecks.Refuse(context, refused);
        if (unreadable is not null)
            return unreadable;
        var (body, problem) = await bodies.ReadAsync(tenant, content, context.Request.ContentType, context.RequestAborted);
        if (problem is not null)
            return problem;
        var request = WebhookRequest.ToValue(context.Request, context.RouteText("path"), body, call.Callers?.CredentialHeader);
        return await callbacks.CallAsync(call, request, context.IdempotencyKey(), context.RequestAborted) is { } lost
            ? lost.ToReply()
            : Reply.Json(call.Address.ExecutionId, WriteAccepted, StatusCodes.Status202Accepted);
    }

    private static void WriteAccepted(Utf8JsonWriter writer, string executionId)
    {
        writer.WriteStartObject();
        writer.WriteString("executionId", executionId);
        writer.WriteEndObject();
    }
}

using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Engine.Webhooks;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;
using Millrace.Server.Webhooks;
using Millrace.Server.Webhooks.Callers;

namespace Millrace.Server.Callbacks;

/// <summary>Calls from outside that executions wait for in the middle of their work. Whoever has the address may call it, once.</summary>
internal sealed class CallbackRoutes(WorkflowEngine engine, IStore store, ExecutionHistory history, CallerChecks callers, SignedLinks links, TimeProvider time)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    public void Map(IEndpointRouteBuilder app)
    {
        foreach (var pattern in (ReadOnlySpan<string>)["/callbacks/{token}", "/callbacks/{token}/{**path}"])
            app.MapMethods(pattern, Methods, Reply.Of(CallAsync)).RequirePermission(Permission.Public).WithMetadata(new TakesAnyRequest()).Describe("Call an execution back", route => route
                .Detail("Gives the request to the node that the address was made for: a `callback`, or one that waits for a task elsewhere. It may come before the node waits; a second call is refused.")
                .Replies(202, "The call is stored, and its execution goes on.", "CallbackAccepted")
                .Problems(400, 404, 409, 410, 413, 503));
    }

    private async ValueTask<Reply> CallAsync(HttpContext context)
    {
        if (links.Verify(context.RouteText("token"), LinkKind.Callback) is not { } address)
            return new ProblemReply(StatusCodes.Status404NotFound, "not_found", "Nobody waits for a call of this address.");
        if (await store.ReadExecutionAsync(address.Tenant, address.ExecutionId, context.RequestAborted) is not { } execution)
            return ProblemReply.NotFound("execution", address.ExecutionId);
        var bytes = await RequestBody.ReadBytesAsync(context);
        var expected = await CallersOfAsync(execution, address);
        if (await callers.CheckAsync(address.Tenant, expected, context.Request, bytes, context.RequestAborted) is CallerVerdict.Refused refused)
            return CallerChecks.Refuse(context, refused);
        var (body, problem) = WebhookBody.Read(bytes, context.Request.ContentType);
        if (problem is not null)
            return problem;
        var payload = WebhookRequest.ToValue(context.Request, context.RouteText("path"), body, expected?.CredentialHeader);
        if (address.Name is { } attempt)
            payload = payload.With("name", attempt);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var wait = new WaitRecord
        {
            Tenant = address.Tenant,
            Id = address.Id,
            ExecutionId = address.ExecutionId,
            WorkflowId = execution.WorkflowId,
            NodeId = address.NodeId,
            Iteration = address.Iteration,
            Kind = NodeWait.Callback,
            CreatedAt = now,
        };
        var outcome = await engine.AnswerAsync(wait, Delivery.Callback, payload, new WaitAnswer(null, null, default, null, now), isEarly: true);
        return outcome switch
        {
            WriteOutcome.Done => Reply.Json(address.ExecutionId, WriteAccepted, StatusCodes.Status202Accepted),
            WriteOutcome.Conflict when await store.ReadWaitAsync(address.Tenant, address.Id, context.RequestAborted) is { Status: WaitStatus.Answered } =>
                ProblemReply.Conflict("already_called", "This address was called before, and takes one call only."),
            _ => new ProblemReply(StatusCodes.Status410Gone, "gone", $"Execution '{address.ExecutionId}' no longer waits for this call."),
        };
    }

    private async ValueTask<CallerAuthentication?> CallersOfAsync(ExecutionRecord execution, WaitAddress address)
    {
        var graph = await history.GraphAsync(new ExecutionIdentity(execution.Tenant, execution.Id, execution.WorkflowId, execution.Version), execution.Version);
        return (graph.Find(address.NodeId)?.Logic as ICalledLogic)?.Callers;
    }

    private static void WriteAccepted(Utf8JsonWriter writer, string executionId)
    {
        writer.WriteStartObject();
        writer.WriteString("executionId", executionId);
        writer.WriteEndObject();
    }
}

using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Events;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Steers executions: signals, pause and resume, and what became of effects in doubt.</summary>
internal sealed class ExecutionControl(WorkflowEngine engine, IStore store, ExecutionHistory history, LiveEvents live, Draining draining, TimeProvider time)
{
    private const int LongestName = 256;
    private const int MostNamed = 10;
    private const int LongestReason = 1_000;
    private const int RetryAfterSeconds = 5;

    // How long a caller waits to see what he asked for; it comes about all the same.
    private static readonly TimeSpan LongestTransition = TimeSpan.FromSeconds(5);

    public void Map(IEndpointRouteBuilder api)
    {
        var execution = api.MapGroup("/executions/{id}").RequirePermission(Permission.RunWorkflows);
        execution.MapPost("/signal", Reply.Of(SignalAsync)).Describe("Send an execution a signal", route => route
            .Detail("A `waitForEvent` node of that name takes it; one that comes before anybody waits is kept.")
            .Idempotent().Body("SignalRequest", """{"name": "paid", "payload": {"amount": 5}}""")
            .Replies(202, "It is stored.", "Execution").Problems(404, 409, 422, 429));
        execution.MapPost("/pause", Reply.Of(PauseAsync)).Describe("Pause an execution", route => Transition(route, "It is paused: what runs may end, and nothing new begins.", "It will be paused.")
            .Body("PauseRequest", """{"reason": "Prices are wrong today"}""", isRequired: false).Problems(422));
        execution.MapPost("/resume", Reply.Of(ResumeAsync)).Describe("Resume a paused execution", route => Transition(route, "It goes on.", "It will go on."));
        execution.MapPost("/nodes/{nodeId}/resolve", Reply.Of(ResolveAsync)).Describe("Settle an effect in doubt", route =>
            Transition(route.Detail("After a crash nobody knows whether an effect with `inDoubt: ask` happened; whoever has found out says so here."), "It is settled.", "It will be settled.")
            .Body("ResolveRequest", """{"outcome": "completed", "output": {"id": "ch_1"}}""").Problems(422));
    }

    private static RouteDescriptionBuilder Transition(RouteDescriptionBuilder route, string done, string later) => route
        .Idempotent().Replies(200, done, "Execution").Replies(202, later, "Execution").Problems(404, 409);

    private async ValueTask<Reply> SignalAsync(HttpContext context)
    {
        var (fields, problem) = await ReadAsync(context);
        if (fields is null)
            return problem!;
        var name = fields.RequiredText("name", LongestName);
        if (fields.Problem is not null)
            return fields.Problem;
        if (name.Length == 0)
            return ProblemReply.Invalid("'name' is empty. A signal needs a name.", [new("/name", "invalid_value", "A signal needs a name.")]);
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        var outcome = await engine.SignalAsync(tenant, id, name, fields.Any("payload"), IdempotencyKeys.Read(context, "signal/" + id));
        if (outcome == WriteOutcome.Full)
            return new ProblemReply(StatusCodes.Status429TooManyRequests, "too_many_signals", $"{WorkflowEngine.MostSignals} signals wait for execution '{id}' to take them. Try again when it has.") { RetryAfter = RetryAfterSeconds };
        return await AnswerAsync(context, outcome, "be sent signals", _ => false, refusal: null);
    }

    private async ValueTask<Reply> PauseAsync(HttpContext context)
    {
        var (fields, problem) = await ReadAsync(context);
        if (fields is null)
            return problem!;
        var reason = fields.Text("reason", LongestReason);
        if (fields.Problem is not null)
            return fields.Problem;
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        var outcome = await SendAndWatchAsync(context, () => engine.PauseAsync(tenant, id, reason, IdempotencyKeys.Read(context, "pause/" + id)), e => e.Type is "workflow_paused");
        return await AnswerAsync(context, outcome, "be paused", execution => execution.Status == ExecutionStatus.Paused,
            execution => ProblemReply.Conflict("cannot_pause", $"Execution '{id}' is {execution.Status.Name()} and cannot be paused."));
    }

    private async ValueTask<Reply> ResumeAsync(HttpContext context)
    {
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        var outcome = await SendAndWatchAsync(context, () => engine.ResumeAsync(tenant, id, IdempotencyKeys.Read(context, "resume/" + id)), e => e.Type is "workflow_resumed");
        return await AnswerAsync(context, outcome, "be resumed", execution => execution.Status != ExecutionStatus.Paused,
            execution => ProblemReply.Conflict("not_paused", $"Execution '{id}' is {execution.Status.Name()}, not paused."));
    }

    private async ValueTask<Reply> ResolveAsync(HttpContext context)
    {
        var (fields, problem) = await ReadAsync(context);
        if (fields is null)
            return problem!;
        var nodeId = context.RouteText("nodeId");
        var resolution = new Resolution(nodeId, fields.Text("iteration", LongestName), fields.RequiredText("outcome", LongestName), fields.Any("output"), fields.Text("message", LongestReason));
        if (fields.Problem is not null)
            return fields.Problem;
        if (resolution.Outcome is not ("completed" or "failed" or "retry"))
            return ProblemReply.Invalid($"'{resolution.Outcome}' is no outcome. Use completed, failed or retry.", [new("/outcome", "invalid_value", "The outcome is completed, failed or retry.")]);
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        if (await store.ReadExecutionAsync(tenant, id, context.RequestAborted) is not { } record)
            return ProblemReply.NotFound("execution", id);
        var state = await history.ReadStateAsync(record, cancellation: context.RequestAborted);
        if (state.Graph.Find(nodeId) is null)
            return ProblemReply.NotFound($"node in the workflow of execution '{id}':", nodeId);
        var inDoubt = state.Waits.Where(run => run.Status == NodeStatus.InDoubt && string.Equals(run.Node.Id, nodeId, StringComparison.Ordinal)
            && (resolution.Iteration is null || string.Equals(run.Iteration, resolution.Iteration, StringComparison.Ordinal))).Select(run => run.Iteration).ToList();
        if (inDoubt.Count > 1)
            return ProblemReply.Conflict("iteration_needed", $"Node '{nodeId}' of execution '{id}' has {inDoubt.Count} effects in doubt, in the iterations {string.Join(", ", inDoubt.Take(MostNamed).Select(iteration => $"'{iteration}'"))}. Say which with 'iteration'.");
        var outcome = await SendAndWatchAsync(
            context, () => engine.ResolveAsync(tenant, id, resolution, inDoubt.Count > 0, IdempotencyKeys.Read(context, $"resolve/{id}/{nodeId}")), e => IsOf(e, nodeId));
        return await AnswerAsync(context, outcome, "be settled", execution => execution.Seq > record.Seq,
            _ => ProblemReply.Conflict("not_in_doubt", $"Node '{nodeId}' of execution '{id}' has no effect in doubt{(resolution.Iteration is { } iteration ? $" in iteration '{iteration}'" : "")}."));
    }

    /// <summary>Sends, and waits a moment for the event that shows it done. Hanging up, or the end of the server, ends the waiting only.</summary>
    private async Task<WriteOutcome> SendAndWatchAsync(HttpContext context, Func<Task<WriteOutcome>> send, Func<JournaledEvent, bool> isDone)
    {
        using var subscription = live.Subscribe(context.Tenant(), null, context.RouteText("id"));
        var outcome = await send();
        if (outcome != WriteOutcome.Done)
            return outcome;
        using var patience = new CancellationTokenSource(LongestTransition, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted, draining.Token);
        try
        {
            while (await subscription.Batches.WaitToReadAsync(ends.Token))
            {
                while (subscription.Batches.TryRead(out var batch))
                {
                    if (batch.IsTerminal || JournalReader.EventsOf(batch.Entry).Exists(e => isDone(e)))
                        return outcome;
                }
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // It is stored, and comes about without anybody watching.
        }
        return outcome;
    }

    private async ValueTask<Reply> AnswerAsync(HttpContext context, WriteOutcome outcome, string what, Func<ExecutionRecord, bool> isDone, Func<ExecutionRecord, ProblemReply>? refusal)
    {
        var id = context.RouteText("id");
        var execution = await store.ReadExecutionAsync(context.Tenant(), id, context.RequestAborted);
        if (outcome == WriteOutcome.NotFound || execution is null)
            return ProblemReply.NotFound("execution", id);
        if (outcome == WriteOutcome.Terminal)
            return ProblemReply.Conflict("already_ended", $"Execution '{id}' has ended ({execution.Status.Name()}) and can no longer {what}.");
        if (outcome == WriteOutcome.Conflict && refusal is not null)
            return refusal(execution);
        return Reply.Json(execution, ExecutionJson.Write, isDone(execution) ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static async ValueTask<(BodyFields? Fields, ProblemReply? Problem)> ReadAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        return body is null ? (null, problem) : (new BodyFields(body), null);
    }

    private static bool IsOf(JournaledEvent e, string nodeId) => e.Type.StartsWith("node_", StringComparison.Ordinal)
        && ValueJson.Parse(e.Json.Span)["nodeId"].TryGetString(out var id) && string.Equals(id, nodeId, StringComparison.Ordinal);
}

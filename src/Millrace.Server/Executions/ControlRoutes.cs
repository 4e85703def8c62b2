using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Steering executions: cancel, signals, pause and resume, and what became of effects in doubt.</summary>
internal sealed class ControlRoutes(ExecutionControl control)
{
    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var name in (ReadOnlySpan<string>)["/executions", "/jobs"])
            api.MapPost(name + "/{id}/cancel", Reply.Of(CancelAsync)).RequirePermission(Permission.RunWorkflows).Describe("Cancel an execution", route => route
                .Idempotent().Body("Cancellation", """{"reason": "No longer needed"}""", isRequired: false)
                .Replies(202, "It will end; running effects get 10 seconds to finish.", "Execution").Problems(404, 409, 422));
        var execution = api.MapGroup("/executions/{id}").RequirePermission(Permission.RunWorkflows);
        execution.MapPost("/signal", Reply.Of(SignalAsync)).Describe("Send an execution a signal", route => route
            .Detail("A `waitForEvent` node with that name takes it; a signal that comes early is buffered.")
            .Idempotent().Body("SignalRequest", """{"name": "paid", "payload": {"amount": 5}}""")
            .Replies(202, "It is stored.", "Execution").Problems(404, 409, 422, 429));
        execution.MapPost("/pause", Reply.Of(PauseAsync)).Describe("Pause an execution", route =>
            Transition(route, "It is paused: running nodes may finish, and nothing new starts.", "It will be paused.")
            .Body("PauseRequest", """{"reason": "Prices are wrong today"}""", isRequired: false).Problems(422));
        execution.MapPost("/resume", Reply.Of(ResumeAsync)).Describe("Resume a paused execution", route => Transition(route, "It is resumed.", "It will be resumed."));
        execution.MapPost("/nodes/{nodeId}/resolve", Reply.Of(ResolveAsync)).Describe("Resolve an effect in doubt", route =>
            Transition(route.Detail("After a crash it is unknown whether an effect with `inDoubt: ask` happened. This reports which it was."), "It is resolved.", "It will be resolved.")
            .Body("ResolveRequest", """{"outcome": "completed", "output": {"id": "ch_1"}}""").Problems(422));
    }

    private static RouteDescriptionBuilder Transition(RouteDescriptionBuilder route, string done, string later) => route
        .Idempotent().Replies(200, done, "Execution").Replies(202, later, "Execution").Problems(404, 409);

    private async ValueTask<Reply> CancelAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, ReadReason);
        if (bound.Problem is not null)
            return bound.Problem;
        var outcome = await control.CancelAsync(context.Caller(), context.RouteText("id"), bound.Value, context.IdempotencyKey(), context.RequestAborted);
        return outcome.ToReply(execution => Reply.Json(execution, ExecutionJson.Write, StatusCodes.Status202Accepted));
    }

    private async ValueTask<Reply> SignalAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Name: fields.RequiredText("name", ExecutionControl.MaxNameLength), Payload: fields.Any("payload")));
        if (bound.Problem is not null)
            return bound.Problem;
        var (name, payload) = bound.Value;
        return Show(await control.SignalAsync(context.Caller(), context.RouteText("id"), name, payload, context.IdempotencyKey(), context.RequestAborted));
    }

    private async ValueTask<Reply> PauseAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, ReadReason);
        return bound.Problem
            ?? Show(await control.PauseAsync(context.Caller(), context.RouteText("id"), bound.Value, context.IdempotencyKey(), context.RequestAborted));
    }

    private async ValueTask<Reply> ResumeAsync(HttpContext context) =>
        Show(await control.ResumeAsync(context.Caller(), context.RouteText("id"), context.IdempotencyKey(), context.RequestAborted));

    private async ValueTask<Reply> ResolveAsync(HttpContext context)
    {
        var nodeId = context.RouteText("nodeId");
        var bound = await BodyFields.BindAsync(context, fields => new Resolution(
            nodeId,
            fields.Text("iteration", ExecutionControl.MaxNameLength),
            fields.RequiredText("outcome", ExecutionControl.MaxNameLength),
            fields.Any("output"),
            fields.Text("message", ExecutionControl.MaxReasonLength)));
        return bound.IsRead(out var resolution, out var problem)
            ? Show(await control.ResolveAsync(context.Caller(), context.RouteText("id"), resolution, context.IdempotencyKey(), context.RequestAborted))
            : problem;
    }

    private static string? ReadReason(BodyFields fields) => fields.Text("reason", ExecutionControl.MaxReasonLength);

    private static Reply Show(Outcome<ControlledExecution> outcome) => outcome.ToReply(controlled =>
        Reply.Json(controlled.Execution, ExecutionJson.Write, controlled.IsSettled ? StatusCodes.Status200OK : StatusCodes.Status202Accepted));
}

using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>New executions of the past of others: fork, retry and rerun.</summary>
internal sealed class ForkRoutes(ExecutionForks forks)
{
    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var name in (ReadOnlySpan<string>)["/executions", "/jobs"])
        {
            var executions = api.MapGroup(name).RequirePermission(Permission.RunWorkflows);
            executions.MapPost("/{id}/fork", Reply.Of(ForkAsync)).Describe("Fork an execution", route => route
                .Detail(
                    "Continues after any event of an execution, with changes, as a new execution. Effects that were running at that point "
                        + "are listed; they run again, and if a node's inDoubt is not retry, this needs 'confirm'.")
                .Idempotent().Body("ForkRequest", """{"fromNode": "charge", "outputs": {"price": 12}}""", isRequired: false)
                .Replies(202, "The new execution is stored and will run.", "ForkedExecution", "Location").Problems(404, 409, 422, 503));
            executions.MapPost("/{id}/retry", Reply.Of(RetryAsync)).Describe("Retry a failed execution", route => route
                .Detail("Continues just before the failure, as a new execution whose effects keep the idempotency keys of the old one; only that of the failed node changes.")
                .Idempotent().Body("RetryRequest", """{"confirm": false}""", isRequired: false)
                .Replies(202, "The new execution is stored and will run.", "ForkedExecution", "Location").Problems(404, 409, 422, 503));
            executions.MapPost("/{id}/rerun", Reply.Of(RerunAsync)).Describe("Run an execution again from the start", route => route
                .Detail("A new execution with the same input, inputs and variables.")
                .Idempotent().Body("RerunRequest", """{"version": 2}""", isRequired: false)
                .Replies(202, "The new execution is stored and will run.", "Execution", "Location").Problems(404, 409, 422, 503));
        }
    }

    private async ValueTask<Reply> ForkAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => ReadFork(fields, context.RouteText("id"), context.IdempotencyKey()));
        return bound.IsRead(out var command, out var problem) ? Show(context, await forks.ForkAsync(context.Caller(), command, context.RequestAborted)) : problem;
    }

    private static ForkCommand ReadFork(BodyFields fields, string id, string? key) => new()
    {
        ExecutionId = id,
        FromSeq = fields.Integer("fromSeq", 1, int.MaxValue),
        FromNode = fields.Text("fromNode", ExecutionForks.MaxNodeIdLength),
        Changes = new ForkChanges
        {
            Input = fields.Has("input") ? fields.Any("input") : (Value?)null,
            Variables = fields.Map("variables"),
            Outputs = fields.Map("outputs"),
        },
        Version = fields.Integer("version", 1, int.MaxValue),
        Confirm = fields.Flag("confirm"),
        Key = key,
    };

    private async ValueTask<Reply> RetryAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => fields.Flag("confirm"));
        return bound.Problem
            ?? Show(context, await forks.RetryAsync(context.Caller(), context.RouteText("id"), bound.Value, context.IdempotencyKey(), context.RequestAborted));
    }

    private async ValueTask<Reply> RerunAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => fields.Integer("version", 1, int.MaxValue));
        if (bound.Problem is not null)
            return bound.Problem;
        return (await forks.RerunAsync(context.Caller(), context.RouteText("id"), bound.Value, context.IdempotencyKey(), context.RequestAborted)).ToReply(execution =>
            Reply.Json(execution, ExecutionJson.Write, StatusCodes.Status202Accepted, ExecutionJson.LocationOf(context, execution.Id)));
    }

    private static Reply Show(HttpContext context, Outcome<ForkedExecution> outcome) => outcome.ToReply(forked =>
        Reply.Json(forked, Write, StatusCodes.Status202Accepted, ExecutionJson.LocationOf(context, forked.Execution.Id)));

    private static void Write(Utf8JsonWriter writer, ForkedExecution forked)
    {
        writer.WriteStartObject();
        ExecutionJson.WriteFields(writer, forked.Execution);
        writer.WriteStartArray("unfinishedEffects");
        foreach (var effect in forked.Unfinished)
        {
            writer.WriteStartObject();
            writer.WriteString("nodeId", effect.NodeId);
            writer.WriteString("iteration", effect.Iteration);
            writer.WriteString("inDoubt", effect.Policy.ToString().ToLowerInvariant());
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

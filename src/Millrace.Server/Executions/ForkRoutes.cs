using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>New executions of the past of others: fork, retry and rerun. The old ones stay as they are.</summary>
internal sealed class ForkRoutes(WorkflowEngine engine, IStore store, ExecutionHistory history, ExecutionStarts starts, Draining draining)
{
    private const int LongestNodeId = 128;

    public void Map(IEndpointRouteBuilder api)
    {
        foreach (var name in (ReadOnlySpan<string>)["/executions", "/jobs"])
        {
            var executions = api.MapGroup(name).RequirePermission(Permission.RunWorkflows);
            executions.MapPost("/{id}/fork", Reply.Of(ForkAsync)).Describe("Fork an execution", route => route
                .Detail("Goes on after any event of an execution, with changes, as a new execution. Effects that had begun and not ended there are listed; they run again, and where a node's inDoubt is not retry, 'confirm' must say so.")
                .Idempotent().Body("ForkRequest", """{"fromNode": "charge", "outputs": {"price": 12}}""", isRequired: false)
                .Replies(202, "The new execution is stored and runs.", "ForkedExecution", "Location").Problems(404, 409, 422, 503));
            executions.MapPost("/{id}/retry", Reply.Of(RetryAsync)).Describe("Retry a failed execution", route => route
                .Detail("Goes on just before the failure, as a new execution whose effects keep the idempotency keys of the old one; only that of the failed node changes.")
                .Idempotent().Body("RetryRequest", """{"confirm": false}""", isRequired: false)
                .Replies(202, "The new execution is stored and runs.", "ForkedExecution", "Location").Problems(404, 409, 422, 503));
            executions.MapPost("/{id}/rerun", Reply.Of(RerunAsync)).Describe("Run an execution again from its beginning", route => route
                .Detail("A new execution with the same input, inputs and variables.")
                .Idempotent().Body("RerunRequest", """{"version": 2}""", isRequired: false)
                .Replies(202, "The new execution is stored and runs.", "Execution", "Location").Problems(404, 409, 422, 503));
        }
    }

    /// <summary>Retries an execution; what became of it.</summary>
    public Task<ForkOutcome> RetryAsync(string tenant, string id, bool confirm, IdempotencyKey? idempotency, CancellationToken cancellation) =>
        engine.RetryAsync(tenant, id, confirm, idempotency, cancellation);

    private async ValueTask<Reply> ForkAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var fields = new BodyFields(body);
        var id = context.RouteText("id");
        var input = fields.Any("input");
        var request = new ForkRequest
        {
            Tenant = context.Tenant(),
            ExecutionId = id,
            FromSeq = fields.Integer("fromSeq", 1, int.MaxValue),
            FromNode = fields.Text("fromNode", LongestNodeId),
            Changes = new ForkChanges
            {
                Input = body.TryGet("input", out _) ? input : (Value?)null,
                Variables = fields.Map("variables"),
                Outputs = fields.Map("outputs"),
            },
            Version = fields.Integer("version", 1, int.MaxValue),
            Confirm = fields.Flag("confirm"),
            Idempotency = IdempotencyKeys.Read(context, "fork/" + id),
        };
        if (request is { FromSeq: not null, FromNode: not null })
            fields.Wrong("fromNode", "Give either 'fromSeq' or 'fromNode', not both.");
        if (fields.Problem is not null)
            return fields.Problem;
        return draining.IsDraining ? Draining.Problem : await ReplyAsync(context, await engine.ForkAsync(request, context.RequestAborted));
    }

    private async ValueTask<Reply> RetryAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var fields = new BodyFields(body);
        var confirm = fields.Flag("confirm");
        if (fields.Problem is not null)
            return fields.Problem;
        if (draining.IsDraining)
            return Draining.Problem;
        var id = context.RouteText("id");
        return await ReplyAsync(context, await RetryAsync(context.Tenant(), id, confirm, IdempotencyKeys.Read(context, "retry/" + id), context.RequestAborted));
    }

    private async ValueTask<Reply> RerunAsync(HttpContext context)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var fields = new BodyFields(body);
        var version = fields.Integer("version", 1, int.MaxValue);
        if (fields.Problem is not null)
            return fields.Problem;
        var (tenant, id) = (context.Tenant(), context.RouteText("id"));
        if (await store.ReadExecutionAsync(tenant, id, context.RequestAborted) is not { } record)
            return ProblemReply.NotFound("execution", id);
        var start = await history.ReadStartAsync(record, context.RequestAborted);
        var request = new StartRequest
        {
            Tenant = tenant,
            WorkflowId = record.WorkflowId,
            Version = version ?? record.Version,
            Input = start.Input,
            Inputs = start.Inputs,
            Variables = start.Variables,
            Priority = record.Priority,
            CorrelationId = record.CorrelationId,
            StartNode = start.StartNode,
            TriggerType = "rerun",
            Idempotency = IdempotencyKeys.Read(context, "rerun/" + id),
        };
        var (execution, refused) = await starts.TryStartAsync(request, context.RequestAborted);
        return execution is null
            ? refused!
            : Reply.Json(history.InFull(execution), ExecutionJson.Write, StatusCodes.Status202Accepted, LocationOf(context, execution.Id));
    }

    private async ValueTask<Reply> ReplyAsync(HttpContext context, ForkOutcome outcome)
    {
        switch (outcome)
        {
            case ForkOutcome.Accepted accepted:
                return ForkedReply(context, accepted.Execution, accepted.Unfinished);
            case ForkOutcome.Duplicate duplicate:
                return await store.ReadExecutionAsync(context.Tenant(), duplicate.ExecutionId, context.RequestAborted) is { } execution
                    ? ForkedReply(context, execution, [])
                    : ProblemReply.NotFound("execution", duplicate.ExecutionId);
            default:
                return Refusal(outcome);
        }
    }

    /// <summary>The answer to a fork or retry that made nothing.</summary>
    public static ProblemReply Refusal(ForkOutcome outcome) => outcome switch
    {
        ForkOutcome.NotFound missing => new ProblemReply(StatusCodes.Status404NotFound, "not_found", missing.Message),
        ForkOutcome.Illegal illegal => ProblemReply.Conflict("illegal_transition", illegal.Message),
        ForkOutcome.NeedsConfirmation needs => ProblemReply.Conflict("needs_confirmation", Unfinished(needs.Unfinished)),
        ForkOutcome.Invalid invalid => ProblemReply.Invalid(string.Join(' ', invalid.Problems.Select(problem => problem.Message)), invalid.Problems),
        _ => throw new InvalidOperationException($"{outcome.GetType().Name} is no refusal."),
    };

    private static string Unfinished(ImmutableArray<UnfinishedEffect> effects)
    {
        var named = string.Join(", ", effects.Select(effect => $"'{effect.NodeId}'{(effect.Iteration.Length > 0 ? $" (iteration {effect.Iteration})" : "")}: inDoubt {effect.Policy.ToString().ToLowerInvariant()}"));
        return $"Effects had begun and not ended there, and would run again: {named}. If that is right, send \"confirm\": true.";
    }

    private Reply ForkedReply(HttpContext context, ExecutionRecord execution, ImmutableArray<UnfinishedEffect> unfinished) => Reply.Json(
        (Execution: history.InFull(execution), Unfinished: unfinished),
        static (writer, forked) => WriteForked(writer, forked.Execution, forked.Unfinished),
        StatusCodes.Status202Accepted,
        LocationOf(context, execution.Id));

    private static void WriteForked(Utf8JsonWriter writer, ExecutionRecord execution, ImmutableArray<UnfinishedEffect> unfinished)
    {
        writer.WriteStartObject();
        ExecutionJson.WriteFields(writer, execution);
        writer.WriteStartArray("unfinishedEffects");
        foreach (var effect in unfinished)
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

    private static string LocationOf(HttpContext context, string id) => $"{context.Request.PathBase}/api/v1/executions/{id}";
}

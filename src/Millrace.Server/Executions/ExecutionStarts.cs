using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>Starts executions, and waits for them where the caller wants to.</summary>
internal sealed class ExecutionStarts(WorkflowEngine engine, IStore store, ExecutionHistory history, Draining draining)
{
    private const int LongestWait = 60;
    private const int LongestCorrelationId = 256;

    public void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/workflows/{id}/execute", Reply.Of(StartAsync)).RequirePermission(Permission.RunWorkflows).Describe("Start an execution", route => route
            .Detail("Once this answers, the execution is stored and will run. Hanging up cancels nothing.")
            .Query("wait", "Seconds to wait for its end before answering.", """{"type": "number", "minimum": 0, "maximum": 60, "default": 0}""")
            .Idempotent().Body("ExecuteRequest", """{"input": {"name": "Ada"}}""", isRequired: false)
            .Replies(200, "It ended while the caller waited, well or not.", "Execution", "Location")
            .Replies(202, "It is stored and runs.", "Execution", "Location")
            .Problems(404, 409, 422, 503));

    private async ValueTask<Reply> StartAsync(HttpContext context)
    {
        var wait = TimeSpan.Zero;
        if (context.Request.QueryString.HasValue)
        {
            var query = new QueryParameters(context.Request);
            wait = query.Seconds("wait", LongestWait) ?? TimeSpan.Zero;
            if (query.Problem is not null)
                return query.Problem;
        }
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var fields = new BodyFields(body);
        var request = ReadRequest(context, fields, context.RouteText("id"));
        return fields.Problem ?? await StartAsync(context, request, wait);
    }

    /// <summary>Starts an execution; the reply for whatever else comes of it.</summary>
    public async ValueTask<(ExecutionRecord? Execution, ProblemReply? Problem)> TryStartAsync(StartRequest request, CancellationToken cancellation)
    {
        if (draining.IsDraining)
            return (null, Draining.Problem);
        StartOutcome outcome;
        try
        {
            outcome = await engine.StartAsync(request, cancellation);
        }
        catch (InvalidDataException e)
        {
            // It was valid when it was saved, by a program that knew other node types.
            return (null, ProblemReply.Conflict("unusable_version", e.Message));
        }
        switch (outcome)
        {
            case StartOutcome.Accepted accepted:
                return (accepted.Execution, null);
            case StartOutcome.Duplicate duplicate:
                var execution = await store.ReadExecutionAsync(request.Tenant, duplicate.ExecutionId, cancellation);
                return (execution, execution is null ? ProblemReply.NotFound("execution", duplicate.ExecutionId) : null);
            case StartOutcome.NotFound when request.Version is { } version:
                return (null, ProblemReply.NotFound($"version {version} of workflow", request.WorkflowId));
            case StartOutcome.NotFound:
                return (null, ProblemReply.NotFound("workflow", request.WorkflowId));
            case StartOutcome.IsDraft:
                return (null, ProblemReply.Conflict("draft", $"Workflow '{request.WorkflowId}' is a draft and cannot run. Correct its problems and save it without ?draft=true."));
            case StartOutcome.Invalid invalid:
                return (null, ProblemReply.Invalid(string.Join(' ', invalid.Problems.Select(Sentence)), invalid.Problems));
            case var other:
                throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}.");
        }
    }

    private async ValueTask<Reply> StartAsync(HttpContext context, StartRequest request, TimeSpan wait)
    {
        var (execution, problem) = await TryStartAsync(request, context.RequestAborted);
        if (execution is null)
            return problem!;
        var location = $"{context.Request.PathBase}/api/v1/executions/{execution.Id}";
        var waits = wait > TimeSpan.Zero;
        if (waits)
            execution = await WaitAsync(execution, wait, context.RequestAborted);
        var status = waits && execution.Status.IsTerminal() ? StatusCodes.Status200OK : StatusCodes.Status202Accepted;
        return Reply.Json(history.InFull(execution), ExecutionJson.Write, status, location);
    }

    // A schema says only "this"; everything else names its place itself.
    private static string Sentence(Problem problem) =>
        problem.Message.StartsWith("This ", StringComparison.Ordinal) ? $"{problem.Pointer}: {problem.Message}" : problem.Message;

    /// <summary>Waits for the end of an execution; as it is then, ended or not. Hanging up cancels nothing: only the waiting ends.</summary>
    public async ValueTask<ExecutionRecord> WaitAsync(ExecutionRecord execution, TimeSpan wait, CancellationToken aborted)
    {
        if (execution.Status.IsTerminal())
            return execution;
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(aborted, draining.Token);
        giveUp.CancelAfter(wait);
        try
        {
            return await engine.WhenEndedAsync(execution.Tenant, execution.Id, giveUp.Token) ?? execution;
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // Time is up, or this server is about to end, or it has lost the execution to another: the caller is told how far it is.
            return await store.ReadExecutionAsync(execution.Tenant, execution.Id, aborted) ?? execution;
        }
    }

    private static StartRequest ReadRequest(HttpContext context, BodyFields fields, string workflowId)
    {
        fields.RequireAny(
            "The body has none of the fields of a start. Put the input inside 'input': {\"input\": {...}}.",
            "input", "input_data", "inputData", "params", "inputs", "variables", "version", "priority", "correlationId", "callbacks");
        fields.Refuse("callbacks", "Callbacks are not available in this version. Follow the execution at its /events instead.");
        return new StartRequest
        {
            Tenant = context.Tenant(),
            WorkflowId = workflowId,
            Input = fields.Any("input", "input_data", "inputData", "params"),
            Inputs = fields.Map("inputs"),
            Variables = fields.Map("variables"),
            Version = fields.Integer("version", 1, int.MaxValue),
            Priority = fields.Integer("priority", -DefinitionLimits.Priority, DefinitionLimits.Priority),
            CorrelationId = fields.Text("correlationId", LongestCorrelationId),
            Idempotency = IdempotencyKeys.Read(context, "execute/" + workflowId),
        };
    }
}

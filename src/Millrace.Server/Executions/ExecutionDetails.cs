using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>What an execution did: its node runs, its journal, and its state as of any event.</summary>
internal sealed class ExecutionDetails(IStore store, ExecutionHistory history, SignedLinks links)
{
    private const int DefaultEvents = 1_000;
    private const int MostEvents = 10_000;

    public void Map(IEndpointRouteBuilder api)
    {
        var execution = api.MapGroup("/executions/{id}").RequirePermission(Permission.ViewExecutions);
        execution.MapGet("/nodes", Reply.Of(NodesAsync)).Describe("List an execution's node runs", route => route
            .Replies(200, "One row for each run of a node.", "NodeRun[]").Problems(404));
        execution.MapGet("/journal", Reply.Of(JournalAsync)).Describe("Read an execution's journal", route => route
            .PagesAfter().Lists("Event", "Events in their order.").Problems(404));
        execution.MapGet("/state", Reply.Of(StateAsync)).Describe("Read an execution's state at any time", route => route
            .Query("at", "The `seq` of the event after which to look; the last one where nothing is said.", ParameterSchemas.Seq)
            .Replies(200, "The state after that event.", "ExecutionState").Problems(404));
    }

    private async ValueTask<Reply> NodesAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } record)
            return ProblemReply.NotFound("execution", context.RouteText("id"));
        var state = await history.ReadStateAsync(record, keepsHistory: true, cancellation: context.RequestAborted);
        return Reply.Json(state, WriteRuns);
    }

    private async ValueTask<Reply> StateAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var at = query.Long("at", long.MaxValue, 0, long.MaxValue);
        if (query.Problem is not null)
            return query.Problem;
        if (await FindAsync(context) is not { } record)
            return ProblemReply.NotFound("execution", context.RouteText("id"));
        var state = await history.ReadStateAsync(record, at, keepsHistory: true, context.RequestAborted);
        return Reply.Json(state, WriteState);
    }

    private async ValueTask<Reply> JournalAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var after = query.Long("after", 0, 0, long.MaxValue);
        var limit = query.Integer("limit", DefaultEvents, 1, MostEvents);
        if (query.Problem is not null)
            return query.Problem;
        if (await FindAsync(context) is not { } record)
            return ProblemReply.NotFound("execution", context.RouteText("id"));
        var events = new List<JournaledEvent>();
        await foreach (var e in JournalReader.ReadAsync(store, record.Tenant, record.Id, after, context.RequestAborted))
        {
            events.Add(e);
            if (events.Count > limit)
                break;
        }
        return Paging.Reply(context, Listing.Cut(events, limit, e => e.Seq.ToString()), (writer, e) => JournalReader.Write(writer, e, record.Id, record.WorkflowId), "after");
    }

    private ValueTask<ExecutionRecord?> FindAsync(HttpContext context) =>
        store.ReadExecutionAsync(context.Tenant(), context.RouteText("id"), context.RequestAborted);

    private void WriteState(Utf8JsonWriter writer, ExecutionState state)
    {
        writer.WriteStartObject();
        writer.WriteString("executionId", state.Identity.Id);
        writer.WriteString("workflowId", state.Identity.WorkflowId);
        writer.WriteNumber("version", state.Identity.WorkflowVersion);
        writer.WriteNumber("seq", state.Seq);
        writer.WriteString("status", state.Status.Name());
        writer.WriteString("currentStep", state.CurrentStep);
        ExecutionJson.WriteProgress(writer, state.Status, state.Graph.Size, state.CompletedNodes);
        ExecutionJson.WriteValue(writer, "input", state.Start.Input);
        ExecutionJson.WriteValue(writer, "variables", state.Variables);
        ExecutionJson.WriteValue(writer, "result", state.Result);
        ExecutionJson.WriteValue(writer, "error", state.Error?.ToValue());
        ExecutionJson.WriteTime(writer, "startedAt", state.StartedAt);
        ExecutionJson.WriteTime(writer, "completedAt", state.CompletedAt);
        writer.WritePropertyName("nodes");
        WriteRuns(writer, state);
        writer.WriteEndObject();
    }

    private void WriteRuns(Utf8JsonWriter writer, ExecutionState state)
    {
        writer.WriteStartArray();
        foreach (var run in state.Runs())
            WriteRun(writer, state.Identity, run);
        writer.WriteEndArray();
    }

    private void WriteRun(Utf8JsonWriter writer, ExecutionIdentity execution, NodeRun run)
    {
        var hasStarted = run.StartedAt != default;
        writer.WriteStartObject();
        writer.WriteString("nodeId", run.Node.Id);
        writer.WriteString("type", run.Node.Type.Type);
        writer.WriteString("iteration", run.Iteration);
        writer.WriteNumber("attempt", run.Attempt);
        writer.WriteString("status", run.Status.Name());
        writer.WriteString("port", run.Port);
        ExecutionJson.WriteValue(writer, "input", run.Input);
        ExecutionJson.WriteValue(writer, "output", run.Output);
        ExecutionJson.WriteValue(writer, "error", ErrorOf(run.Error));
        ExecutionJson.WriteValue(writer, "meta", run.Meta);
        ExecutionJson.WriteTime(writer, "startedAt", hasStarted ? run.StartedAt : run.CompletedAt);
        ExecutionJson.WriteTime(writer, "completedAt", run.CompletedAt);
        ExecutionJson.WriteDuration(writer, hasStarted ? run.StartedAt : run.CompletedAt, run.CompletedAt);
        ExecutionJson.WriteTime(writer, "dueAt", run.DueAt);
        writer.WriteString("effect", run.Effect is { } effect ? JsonNamingPolicy.CamelCase.ConvertName(effect.ToString()) : null);
        ExecutionJson.WriteValue(writer, "wait", run is { Status: NodeStatus.Waiting, Wait: { } wait } ? WaitOf(execution, run, wait) : Value.Null);
        ExecutionJson.WriteValue(writer, "cost", run.Meta["cost"]);
        writer.WriteEndObject();
    }

    // What a person or program outside may want to know of what a node waits for. The address of a callback is made anew: a fork has its own,
    // and this server may have got another name.
    private Value WaitOf(ExecutionIdentity execution, NodeRun run, NodeWait wait)
    {
        var details = wait.Details;
        if (run.Node.Logic is WaitLogic { Link: { Kind: LinkKind.Callback } link } && links.LinkTo(execution, run.Node.Id, run.Iteration, link) is { } url)
            details = MapValue.Of("url", url);
        return new MapBuilder().Set("kind", wait.Kind).SetIfPresent("name", wait.Name).SetIfPresent("details", details).Build();
    }

    /// <summary>An attempt's error as the API shows it.</summary>
    public static Value ErrorOf(NodeError? error) => error is null
        ? Value.Null
        : new MapBuilder().Set("type", error.Type).Set("message", error.Message).Set("retryable", error.Retryable).SetIfPresent("details", error.Details).Build();
}

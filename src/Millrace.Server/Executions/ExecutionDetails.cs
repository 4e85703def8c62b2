using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Engine.History;
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
    private const int MaxEvents = 10_000;

    public void Map(IEndpointRouteBuilder api)
    {
        var execution = api.MapGroup("/executions/{id}").RequirePermission(Permission.ViewExecutions);
        execution.MapGet("/nodes", Reply.Of(NodesAsync)).Describe("List an execution's node runs", route => route
            .Pages().Lists("NodeRun", "One entry for each run of a node, in the order in which they started.").Problems(404));
        execution.MapGet("/journal", Reply.Of(JournalAsync)).Describe("Read an execution's journal", route => route
            .PagesAfter().Lists("Event", "The events, in order.").Problems(404));
        execution.MapGet("/state", Reply.Of(StateAsync)).Describe("Read an execution's state at any event", route => route
            .Query("at", "The `seq` of the event whose state to return; by default the last one.", ParameterSchemas.Seq)
            .PagesPart(50, 200)
            .Replies(200, "The state after that event, with a page of its node runs.", "ExecutionState", "Link", "X-Next-Cursor")
            .Problems(404));
    }

    private async ValueTask<Reply> NodesAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var (after, limit) = Paging.ReadNumbered(query);
        if (query.Problem is not null)
            return query.Problem;
        if (await FindAsync(context) is not { } record)
            return ProblemReply.NotFound("execution", context.RouteText("id"));
        var page = await history.Runs.ReadAsync(record, after, limit, context.RequestAborted);
        Paging.AddNext(context, page.Next);
        return Reply.Json((page, Runs: await WriterAsync(record, page)), static (writer, list) => list.Runs.WriteAll(writer, list.page));
    }

    private async ValueTask<Reply> StateAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var (after, limit) = Paging.ReadPart(query);
        var at = query.Long("at", long.MaxValue, 0, long.MaxValue);
        if (query.Problem is not null)
            return query.Problem;
        if (await FindAsync(context) is not { } record)
            return ProblemReply.NotFound("execution", context.RouteText("id"));
        var (moment, page) = await history.Runs.ReadMomentAsync(record, at, after, limit, context.RequestAborted);
        Paging.AddNext(context, page.Next);
        var runs = await WriterAsync(record, page);
        return Reply.Json((moment, page, runs), static (writer, state) => WriteState(writer, state.moment, state.page, state.runs));
    }

    private async ValueTask<Reply> JournalAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var after = query.Long("after", 0, 0, long.MaxValue);
        var limit = query.Integer("limit", DefaultEvents, 1, MaxEvents);
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

    private async ValueTask<NodeRunJson> WriterAsync(ExecutionRecord record, NodeRunPage page)
    {
        var identity = new ExecutionIdentity(record.Tenant, record.Id, record.WorkflowId, record.Version);
        var graph = page.Runs.Any(run => run.Wait is not null) ? await history.GraphAsync(identity, record.Version) : null;
        return new NodeRunJson(identity, links, graph);
    }

    private static void WriteState(Utf8JsonWriter writer, ExecutionMoment moment, NodeRunPage page, NodeRunJson runs)
    {
        writer.WriteStartObject();
        writer.WriteString("executionId", moment.Identity.Id);
        writer.WriteString("workflowId", moment.Identity.WorkflowId);
        writer.WriteNumber("version", moment.Identity.WorkflowVersion);
        writer.WriteNumber("seq", moment.Seq);
        writer.WriteString("status", moment.Status.Name());
        writer.WriteString("currentStep", moment.CurrentStep);
        ExecutionJson.WriteProgress(writer, moment.Status, moment.TotalNodes, moment.CompletedNodes);
        ExecutionJson.WriteValue(writer, "input", moment.Input);
        ExecutionJson.WriteValue(writer, "variables", moment.Variables);
        ExecutionJson.WriteValue(writer, "result", moment.Result);
        ExecutionJson.WriteValue(writer, "error", moment.Error);
        ExecutionJson.WriteTime(writer, "startedAt", moment.StartedAt);
        ExecutionJson.WriteTime(writer, "completedAt", moment.CompletedAt);
        writer.WritePropertyName("nodes");
        runs.WriteAll(writer, page);
        writer.WriteEndObject();
    }
}

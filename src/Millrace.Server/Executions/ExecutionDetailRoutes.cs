using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Engine.History;
using Millrace.Engine.Waits;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Executions;

/// <summary>What an execution did: its node runs, its journal, and its state as of any event.</summary>
internal sealed class ExecutionDetailRoutes(NodeRunReads runs, JournalReads journals, SignedLinks links)
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
        return (await runs.ListAsync(context.Caller(), context.RouteText("id"), after, limit, context.RequestAborted)).ToReply(read =>
        {
            Paging.AddNext(context, read.Page.Next);
            return Reply.Json((read.Page, Runs: WriterOf(read)), static (writer, list) => list.Runs.WriteAll(writer, list.Page));
        });
    }

    private async ValueTask<Reply> StateAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var (after, limit) = Paging.ReadPart(query);
        var at = query.Long("at", long.MaxValue, 0, long.MaxValue);
        if (query.Problem is not null)
            return query.Problem;
        var outcome = await runs.ReadStateAsync(context.Caller(), context.RouteText("id"), at, after, limit, context.RequestAborted);
        return outcome.ToReply(read =>
        {
            var page = read.Runs.Page;
            Paging.AddNext(context, page.Next);
            return Reply.Json(
                (read.Moment, page, Runs: WriterOf(read.Runs)),
                static (writer, state) => WriteState(writer, state.Moment, state.page, state.Runs));
        });
    }

    private async ValueTask<Reply> JournalAsync(HttpContext context)
    {
        var query = new QueryParameters(context);
        var after = query.Long("after", 0, 0, long.MaxValue);
        var limit = query.Integer("limit", DefaultEvents, 1, MaxEvents);
        if (query.Problem is not null)
            return query.Problem;
        return (await journals.ReadAsync(context.Caller(), context.RouteText("id"), after, limit, context.RequestAborted)).ToReply(read =>
            Paging.Reply(context, read.Page, (writer, e) =>
                writer.WriteRawValue(e.WithIds(read.Execution.Id, read.Execution.WorkflowId), skipInputValidation: true)));
    }

    private NodeRunJson WriterOf(ReadRuns read) => new(read.Execution, links, read.Graph);

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

using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Polling;

/// <summary>The small API for pages that start a workflow and then ask every few seconds how it stands.</summary>
internal sealed class PollingRoutes(ExecutionStarts starts, ExecutionRoutes executions, NodeRunReads runs)
{
    private const int MaxWorkflowIdLength = 64;

    public void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").RequirePermission(Permission.ViewExecutions);
        api.MapPost("/workflows/execute", Reply.Of(StartAsync)).RequirePermission(Permission.RunWorkflows).Describe("Start an execution and poll it", route => route
            .Idempotent().Body("PollingStart", """{"workflowId": "abc123", "inputs": {"node_id_1": "value1"}, "organizationId": "org123"}""")
            .Replies(200, "It is stored and will run.", "PollingStarted").Problems(404, 409, 422, 503));
        api.MapGet("/workflows/{id}/executions", Reply.Of(executions.ListOfWorkflowAsync)).Describe("List a workflow's executions", route => ExecutionRoutes.Filters(route).Problems(404));
        api.MapGet("/executions/{id}", Reply.Of(ReadAsync)).Describe("Read the status of an execution", route => route
            .PagesPart(ExecutionLogRoutes.DefaultLines, ExecutionLogRoutes.MaxLines)
            .Replies(200, "Its status and a page of its log so far, from the first line.", "PollingExecution", "Link", "X-Next-Cursor")
            .Problems(404));
        api.MapGet("/executions/{id}/logs", Reply.Of(LogsAsync)).Describe("Read the log of an execution", route => route
            .PagesPart(ExecutionLogRoutes.DefaultLines, ExecutionLogRoutes.MaxLines)
            .Replies(200, "One line for each run of a node.", "PollingLogs", "Link", "X-Next-Cursor")
            .Problems(404));
    }

    // The body's organizationId says nothing that counts: whose data it is follows from who asks.
    private async ValueTask<Reply> StartAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => ReadStart(fields, context.IdempotencyKey()));
        return bound.IsRead(out var command, out var problem)
            ? (await starts.StartAsync(context.Caller(), command, context.RequestAborted)).ToReply(execution => Reply.Json(execution.Id, WriteStarted))
            : problem;
    }

    private static StartCommand ReadStart(BodyFields fields, string? key)
    {
        fields.Ignore("organizationId");
        return new StartCommand
        {
            WorkflowId = fields.RequiredText("workflowId", MaxWorkflowIdLength),
            Inputs = fields.Map("inputs"),
            Input = fields.Any("input"),
            Key = key,
        };
    }

    private ValueTask<Reply> ReadAsync(HttpContext context) => PollAsync(context, inFull: true, WriteExecution);

    private ValueTask<Reply> LogsAsync(HttpContext context) => PollAsync(context, inFull: false, static (writer, polled) =>
    {
        writer.WriteStartObject();
        writer.WriteString("executionId", polled.Execution.Id);
        WriteLogs(writer, polled);
        writer.WriteEndObject();
    });

    // Those who do not page get as much as most workflows ever have.
    private async ValueTask<Reply> PollAsync(HttpContext context, bool inFull, Action<Utf8JsonWriter, PolledExecution> write)
    {
        var query = new QueryParameters(context);
        var (after, limit) = Paging.ReadPart(query, ExecutionLogRoutes.DefaultLines, ExecutionLogRoutes.MaxLines);
        if (query.Problem is not null)
            return query.Problem;
        var outcome = await runs.PollAsync(context.Caller(), context.RouteText("id"), after, limit, inFull, context.RequestAborted);
        return outcome.ToReply(polled =>
        {
            Paging.AddNext(context, polled.Page.Next);
            return Reply.Json(polled, write);
        });
    }

    private static void WriteStarted(Utf8JsonWriter writer, string id)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("success", true);
        writer.WriteString("executionId", id);
        writer.WriteString("status", "pending");
        writer.WriteString("message", "Workflow execution started in background");
        writer.WriteEndObject();
    }

    private static void WriteExecution(Utf8JsonWriter writer, PolledExecution polled)
    {
        var record = polled.Execution;
        writer.WriteStartObject();
        writer.WriteString("executionId", record.Id);
        writer.WriteString("workflowId", record.WorkflowId);
        writer.WriteString("status", SimpleStatus(record.Status));
        writer.WriteString("executionStatus", record.Status.Name());
        ExecutionJson.WriteProgress(writer, record.Status, record.TotalNodes, record.CompletedNodes);
        writer.WriteString("currentNodeId", record.CurrentStep);
        WriteLogs(writer, polled);
        if (!record.Result.IsEmpty)
            ExecutionJson.WriteRaw(writer, "result", record.Result, "null"u8);
        if (!record.Error.IsEmpty)
            writer.WriteString("error", ExecutionJson.MessageOf(record.Error));
        writer.WriteEndObject();
    }

    // Only these four, so that a poller that waits for "completed" or "failed" ends.
    private static string SimpleStatus(ExecutionStatus status) => status switch
    {
        ExecutionStatus.Pending => "pending",
        ExecutionStatus.Completed => "completed",
        ExecutionStatus.Failed or ExecutionStatus.Cancelled => "failed",
        _ => "running",
    };

    private static void WriteLogs(Utf8JsonWriter writer, PolledExecution polled)
    {
        writer.WriteStartArray("logs");
        for (var i = 0; i < polled.Page.Rows.Length; i++)
        {
            var run = polled.Page.Rows[i];
            var startedAt = run.StartedAt ?? run.CompletedAt;
            writer.WriteStartObject();
            writer.WriteString("nodeId", run.NodeId);
            writer.WriteString("nodeType", run.Type);
            writer.WriteString("status", run.Status.Name());
            ExecutionJson.WriteDuration(writer, startedAt, run.CompletedAt);
            ExecutionJson.WriteTime(writer, "timestamp", run.CompletedAt ?? startedAt);
            if (polled.Errors[i] is { } error)
                writer.WriteString("error", error.Message);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}

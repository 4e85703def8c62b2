using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workers;

/// <summary>What a worker says of the task that it has.</summary>
internal sealed class TaskRoutes(WorkerOperations workers)
{
    public void Map(IEndpointRouteBuilder api)
    {
        var task = api.MapGroup("/worker/{task}").RequirePermission(Permission.WorkOnTasks);
        task.MapPost("/heartbeat", Reply.Of(HeartbeatAsync)).Describe("Extend a lease", route => route
            .Detail("409 if another worker has the task now, 410 if nothing waits for it any more: the worker should stop. The next worker gets `progress` if the lease expires.")
            .Body("TaskHeartbeat", """{"token": "01ktask", "progress": {"page": 7}, "lease": "PT1M"}""")
            .Replies(200, "The lease is extended.", "TaskLease").Problems(404, 409, 410, 422));
        task.MapPost("/complete", Reply.Of(CompleteAsync)).Describe("Complete a task", route => route
            .Detail(
                "After a 200 response the outcome is durable. A repeated request with the same token gets 200 and does nothing. "
                    + "`{success, message, outputData}` is accepted as well; `success: false` is a failure.")
            .Body("TaskCompletion", """{"token": "01ktask", "output": {"messageId": "m-1"}, "logs": [{"level": "info", "message": "Sent."}]}""")
            .Replies(200, "The outcome is stored.", "TaskEnded").Problems(404, 409, 410, 422));
        task.MapPost("/fail", Reply.Of(FailAsync)).Describe("Fail a task", route => route
            .Detail("The node's `retry`, error port and `onError` decide what happens next.")
            .Body("TaskFailure", """{"token": "01ktask", "type": "unreachable", "message": "The gateway does not answer.", "retryable": true}""")
            .Replies(200, "The outcome is stored.", "TaskEnded").Problems(404, 409, 410, 422));
    }

    private async ValueTask<Reply> HeartbeatAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Token: ReadToken(fields), Progress: fields.Any("progress"), Lease: WorkerRoutes.ReadLease(fields)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (token, progress, lease) = bound.Value;
        return (await workers.ExtendAsync(context.Caller(), context.RouteText("task"), token, progress, lease, context.RequestAborted)).ToReply(task =>
            Reply.Json(task, WorkerJson.WriteLease));
    }

    private ValueTask<Reply> CompleteAsync(HttpContext context) => AnswerAsync(context, TaskAnswerBody.Completion);

    private ValueTask<Reply> FailAsync(HttpContext context) => AnswerAsync(context, TaskAnswerBody.Failure);

    private async ValueTask<Reply> AnswerAsync(HttpContext context, Func<BodyFields, MapValue> read)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Token: ReadToken(fields), Answer: read(fields)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (token, answer) = bound.Value;
        return (await workers.AnswerAsync(context.Caller(), context.RouteText("task"), token, answer, context.RequestAborted)).ToReply(task => Reply.Json(task, WriteEnded));
    }

    private static string ReadToken(BodyFields fields) => fields.RequiredText("token", WorkerOperations.MaxTokenLength);

    private static void WriteEnded(System.Text.Json.Utf8JsonWriter writer, WorkerTask task)
    {
        writer.WriteStartObject();
        writer.WriteString("id", task.Id);
        writer.WriteString("executionId", task.ExecutionId);
        writer.WriteEndObject();
    }
}

using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workers;
using Millrace.Server.Access;
using Millrace.Server.Executions;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workers;

/// <summary>What a worker says of the task that it has.</summary>
internal sealed class TaskRoutes(IStore store, WorkerTypes types, TaskQueue tasks)
{
    private const int LongestToken = 100;
    private const int LargestProgress = 16 * 1024;

    public void Map(IEndpointRouteBuilder api)
    {
        var task = api.MapGroup("/worker/{task}").RequirePermission(Permission.WorkOnTasks);
        task.MapPost("/heartbeat", Reply.Of(HeartbeatAsync)).Describe("Extend a lease", route => route
            .Detail("409 where another worker has the task by now, 410 where nobody waits for it any more: the worker stops. `progress` goes to the worker that has the task next, if there is one.")
            .Body("TaskHeartbeat", """{"token": "01ktask", "progress": {"page": 7}, "lease": "PT1M"}""")
            .Replies(200, "It is extended.", "TaskLease").Problems(404, 409, 410, 422));
        task.MapPost("/complete", Reply.Of(CompleteAsync)).Describe("Complete a task", route => route
            .Detail("Once this is answered with 200 it counts, whatever crashes. The same again, under the same token, is answered with 200 and does nothing. `{success, message, outputData}` is taken as well; `success: false` is a failure.")
            .Body("TaskCompletion", """{"token": "01ktask", "output": {"messageId": "m-1"}, "logs": [{"level": "info", "message": "Sent."}]}""")
            .Replies(200, "It counts.", "TaskEnded").Problems(404, 409, 410, 422));
        task.MapPost("/fail", Reply.Of(FailAsync)).Describe("Fail a task", route => route
            .Detail("What becomes of it is for the node to say: its `retry`, its error port, its `onError`.")
            .Body("TaskFailure", """{"token": "01ktask", "type": "unreachable", "message": "The gateway does not answer.", "retryable": true}""")
            .Replies(200, "It counts.", "TaskEnded").Problems(404, 409, 410, 422));
    }

    private async ValueTask<Reply> HeartbeatAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Token: fields.RequiredText("token", LongestToken), Progress: Progress(fields), Lease: Leases.Read(fields)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (token, progress, lease) = bound.Value;
        var id = context.RouteText("task");
        var (outcome, task) = await tasks.ExtendAsync(context.Tenant(), id, token, lease, progress, context.RequestAborted);
        return outcome == WriteOutcome.Done && task is not null ? Reply.Json(task, WorkerJson.WriteLease) : Refusal(outcome, id);
    }

    private static Value Progress(BodyFields fields)
    {
        var progress = fields.Any("progress");
        if (progress.ToUtf8().Length > LargestProgress)
            fields.Wrong("progress", $"'progress' is larger than {LargestProgress / 1024} KB.", "out_of_range");
        return progress;
    }

    private ValueTask<Reply> CompleteAsync(HttpContext context) => AnswerAsync(context, TaskAnswerBody.Completion);

    private ValueTask<Reply> FailAsync(HttpContext context) => AnswerAsync(context, (fields, _) => TaskAnswerBody.Failure(fields));

    private async ValueTask<Reply> AnswerAsync(HttpContext context, Func<BodyFields, WorkerType?, MapValue> read)
    {
        var (body, problem) = await RequestBody.ReadObjectAsync(context);
        if (body is null)
            return problem!;
        var (tenant, id) = (context.Tenant(), context.RouteText("task"));
        if (await store.ReadTaskAsync(tenant, id, context.RequestAborted) is not { } task)
            return ProblemReply.NotFound("task", id);
        var type = await types.FindAsync(tenant, task.Type, context.RequestAborted);
        var bound = BodyFields.Bind(body, fields => (Token: fields.RequiredText("token", LongestToken), Answer: read(fields, type)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (token, answer) = bound.Value;
        var outcome = await tasks.AnswerAsync(tenant, id, token, answer, context.RequestAborted);
        return outcome is WriteOutcome.Done or WriteOutcome.Duplicate ? Reply.Json(task, WriteEnded) : Refusal(outcome, id);
    }

    private static ProblemReply Refusal(WriteOutcome outcome, string id) => outcome switch
    {
        WriteOutcome.NotFound => ProblemReply.NotFound("task", id),
        WriteOutcome.Fenced => ProblemReply.Conflict("lease_lost", $"The lease of task '{id}' ran out, and another worker has the task now. Stop working on it; what the other one says counts."),
        _ => new ProblemReply(StatusCodes.Status410Gone, "task_ended", $"Nobody waits for task '{id}' any more: it has ended, its time is over, or its execution was cancelled. Stop working on it."),
    };

    private static void WriteEnded(System.Text.Json.Utf8JsonWriter writer, WorkerTask task)
    {
        writer.WriteStartObject();
        writer.WriteString("id", task.Id);
        writer.WriteString("executionId", task.ExecutionId);
        writer.WriteEndObject();
    }
}

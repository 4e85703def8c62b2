using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workers;

/// <summary>External workers: the node types that they register, and the tasks that they ask for.</summary>
internal sealed class WorkerRoutes(WorkerOperations workers)
{
    private const int UsualWait = 30;

    public void Map(IEndpointRouteBuilder api)
    {
        var worker = api.MapGroup("/worker").RequirePermission(Permission.WorkOnTasks);
        worker.MapPost("/register", Reply.Of(RegisterAsync)).Describe("Register node types", route => route
            .Detail(
                "Workflows of the tenant can then use the types, and their tasks are queued for workers that poll for them. All types are "
                    + "registered or none. Registering a type again replaces it; saved workflows continue to run.")
            .Body("WorkerRegistration", """
                {"worker": "mailer-1", "types": [{"type": "sendSms", "title": "Send an SMS",
                  "configSchema": {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}, "text": {"type": "string"}}},
                  "timeout": "PT10M"}]}
                """)
            .Replies(200, "The types are registered.", "WorkerTypes").Problems(409, 422));
        worker.MapPost("/poll", Reply.Of(PollAsync)).Describe("Take tasks", route => route
            .Detail("Waits for a task if there is none. A worker has a task until its lease expires; heartbeats extend the lease. Tasks are ordered by priority, then by age.")
            .Body("WorkerPoll", """{"worker": "mailer-1", "types": ["sendSms"], "max": 5, "waitSeconds": 30, "lease": "PT1M"}""")
            .Replies(200, "The tasks; an empty list if none arrived in time.", "WorkerTask[]").Problems(422, 503));
    }

    private async ValueTask<Reply> RegisterAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Worker: fields.RequiredText("worker", WorkerOperations.MaxWorkerLength), Types: ReadTypes(fields)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (worker, types) = bound.Value;
        return (await workers.RegisterAsync(context.Caller(), worker, types, context.RequestAborted)).ToReply(registered => Reply.Json(registered, WorkerJson.WriteTypes));
    }

    // The types are documents of their own, which the operation reads.
    private static IReadOnlyList<Value> ReadTypes(BodyFields fields)
    {
        if (fields.Any("types").TryGetList(out var list))
            return [.. list];
        fields.Wrong("types", $"'types' must be a list of 1 to {WorkerOperations.MaxTypes} node types.");
        return [];
    }

    private async ValueTask<Reply> PollAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, ReadPoll);
        return bound.IsRead(out var command, out var problem)
            ? (await workers.PollAsync(context.Caller(), command, context.RequestAborted)).ToReply(leased => Reply.Json(leased.Tasks, WorkerJson.WriteTasks))
            : problem;
    }

    private static PollCommand ReadPoll(BodyFields fields)
    {
        var names = fields.Texts("types", WorkerOperations.MaxTypes, WorkerOperations.MaxWorkerLength);
        return new PollCommand(
            fields.RequiredText("worker", WorkerOperations.MaxWorkerLength),
            names ?? [],
            fields.Integer("max", 1, WorkerOperations.MaxTasks) ?? 1,
            ReadLease(fields),
            TimeSpan.FromSeconds(fields.Integer("waitSeconds", 0, WorkerOperations.MaxWait) ?? UsualWait));
    }

    /// <summary>Reads `lease` of a body; null: nothing is said.</summary>
    public static TimeSpan? ReadLease(BodyFields fields)
    {
        var value = fields.Any("lease");
        if (value.IsNull)
            return null;
        if (Durations.TryRead(value, out var lease))
            return lease;
        fields.Wrong("lease", $"'lease' must be {Durations.Expected}, from one second to one hour.");
        return null;
    }
}

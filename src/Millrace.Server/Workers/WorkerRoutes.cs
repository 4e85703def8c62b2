using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workers;
using Millrace.Server.Access;
using Millrace.Server.Hosting;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Workers;

/// <summary>External workers: the node types that they register, and the tasks that they ask for.</summary>
internal sealed class WorkerRoutes(WorkerTypes types, TaskQueue tasks, Draining draining)
{
    private const int LongestWorker = 128;
    private const int MostTypes = 100;
    private const int MostTasks = 100;
    private const int LongestWait = 60;
    private const int UsualWait = 30;

    public void Map(IEndpointRouteBuilder api)
    {
        var worker = api.MapGroup("/worker").RequirePermission(Permission.WorkOnTasks);
        worker.MapPost("/register", Reply.Of(RegisterAsync)).Describe("Register node types", route => route
            .Detail("Workflows of the tenant may use them from then on, and a task is queued for whoever polls for the type. All or none are registered. Registering one again replaces it; workflows that are saved go on running.")
            .Body("WorkerRegistration", """{"worker": "mailer-1", "types": [{"type": "sendSms", "title": "Send an SMS", "configSchema": {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}, "text": {"type": "string"}}}, "timeout": "PT10M"}]}""")
            .Replies(200, "They are registered.", "WorkerTypes").Problems(409, 422));
        worker.MapPost("/poll", Reply.Of(PollAsync)).Describe("Take tasks", route => route
            .Detail("Waits for one where there is none. A task is the worker's until its lease runs out: he extends it with heartbeats, or somebody else gets the task. Higher priorities go first, within one the oldest.")
            .Body("WorkerPoll", """{"worker": "mailer-1", "types": ["sendSms"], "max": 5, "waitSeconds": 30, "lease": "PT1M"}""")
            .Replies(200, "The tasks; none where none came in time.", "WorkerTask[]").Problems(422, 503));
    }

    private async ValueTask<Reply> RegisterAsync(HttpContext context)
    {
        var bound = await BodyFields.BindAsync(context, fields => (Worker: fields.RequiredText("worker", LongestWorker), Read: ReadTypes(fields)));
        if (bound.Problem is not null)
            return bound.Problem;
        var (worker, (read, problems)) = bound.Value;
        if (problems.Count > 0)
            return new Refusal.Invalid(problems).ToReply();
        return await types.RegisterAsync(context.Tenant(), worker, read, context.RequestAborted) switch
        {
            RegisterOutcome.Done done => Reply.Json(done.Types, WorkerJson.WriteTypes),
            RegisterOutcome.Taken taken => ProblemReply.Conflict("type_taken", $"'{taken.Name}' is a node type of the server{(string.Equals(taken.Name, taken.Type, StringComparison.Ordinal) ? "" : $", '{taken.Type}'")}. Give yours another name; case, '_', '-' and '.' make no difference."),
            RegisterOutcome.Full => ProblemReply.Conflict("too_many_types", $"A tenant has at most {WorkerTypes.MostTypes} node types that workers do."),
            var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
        };
    }

    private static (IReadOnlyList<WorkerType> Types, List<Problem> Problems) ReadTypes(BodyFields fields)
    {
        var read = new List<WorkerType>();
        var problems = new List<Problem>();
        if (!fields.Any("types").TryGetList(out var list) || list.Count is 0 or > MostTypes)
        {
            fields.Wrong("types", $"'types' must be a list of 1 to {MostTypes} node types.");
            return (read, problems);
        }
        for (var i = 0; i < list.Count; i++)
        {
            if (!list[i].TryGetMap(out var type))
                fields.Wrong($"types/{i}", "A node type must be an object {type, title?, summary?, configSchema?, ports?, timeout?, concurrency?}.");
            else if (new WorkerTypeReader(type, $"/types/{i}", problems).Read() is { } one)
                read.Add(one);
        }
        foreach (var twice in read.GroupBy(type => WorkerTypes.KeyOf(type.Type), StringComparer.Ordinal).Where(same => same.Count() > 1))
            fields.Wrong("types", $"The type '{twice.First().Type}' is there twice.", "duplicate_type");
        return (read, problems);
    }

    private async ValueTask<Reply> PollAsync(HttpContext context)
    {
        if (draining.IsDraining)
            return new Refusal.Draining().ToReply();
        var tenant = context.Tenant();
        var bound = await BodyFields.BindAsync(context, fields => (
            Worker: fields.RequiredText("worker", LongestWorker),
            Types: ReadTypeNames(fields),
            Max: fields.Integer("max", 1, MostTasks) ?? 1,
            Lease: Leases.Read(fields),
            Wait: TimeSpan.FromSeconds(fields.Integer("waitSeconds", 0, LongestWait) ?? UsualWait)));
        if (bound.Problem is not null)
            return bound.Problem;
        var asked = bound.Value;
        if (!(await FindTypesAsync(tenant, asked.Types, context.RequestAborted)).IsDone(out var found, out var refusal))
            return refusal.ToReply();
        var poll = new TaskPoll(tenant, asked.Worker, [.. found], asked.Max, asked.Lease, asked.Wait);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, draining.Token);
        try
        {
            return Reply.Json(await tasks.PollAsync(poll, giveUp.Token), WorkerJson.WriteTasks);
        }
        catch (OperationCanceledException) when (draining.IsDraining)
        {
            return Reply.Json<IReadOnlyList<LeasedTask>>([], WorkerJson.WriteTasks);
        }
    }

    private static IReadOnlyList<string> ReadTypeNames(BodyFields fields)
    {
        var names = fields.Texts("types", MostTypes, LongestWorker);
        if (names is null or [])
            fields.Wrong("types", "'types' must name at least one node type.", "missing_field");
        return names ?? [];
    }

    private async Task<Outcome<List<WorkerType>>> FindTypesAsync(string tenant, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var found = new Dictionary<string, WorkerType>(StringComparer.Ordinal);
        var problems = new List<Problem>();
        for (var i = 0; i < names.Count; i++)
        {
            if (await types.FindAsync(tenant, names[i], cancellation) is { } type)
                found[WorkerTypes.KeyOf(names[i])] = type;
            else
                problems.Add(new Problem($"/types/{i}", "unknown_node_type", $"No worker has registered the node type '{names[i]}'. Register it first: POST /api/v1/worker/register."));
        }
        return problems.Count > 0 ? new Refusal.Invalid(problems) : found.Values.ToList();
    }
}

/// <summary>How long a worker has a task without a word.</summary>
internal static class Leases
{
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Reads `lease` of a body.</summary>
    public static TimeSpan Read(BodyFields fields)
    {
        var value = fields.Any("lease");
        if (value.IsNull)
            return Usual;
        if (Durations.TryRead(value, out var lease) && lease >= Shortest && lease <= Longest)
            return lease;
        fields.Wrong("lease", $"'lease' must be {Durations.Expected}, from one second to one hour.");
        return Usual;
    }
}

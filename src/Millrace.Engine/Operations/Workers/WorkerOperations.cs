using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workers;

namespace Millrace.Engine.Operations.Workers;

/// <summary>External workers: the node types that they register, the tasks that they take, and what they say of them.</summary>
public sealed class WorkerOperations(WorkerTypes types, TaskQueue tasks, IStore store, Draining draining, TimeProvider time)
{
    /// <summary>The most node types of one request.</summary>
    public const int MaxTypes = 100;

    /// <summary>The most tasks that a worker takes at once.</summary>
    public const int MaxTasks = 100;

    /// <summary>The longest that a worker may wait for a task, in seconds.</summary>
    public const int MaxWait = 60;

    /// <summary>The most characters of a worker's name.</summary>
    public const int MaxWorkerLength = 128;

    /// <summary>The most characters of a lease's token.</summary>
    public const int MaxTokenLength = 100;

    /// <summary>The most bytes of a progress.</summary>
    public const int LargestProgress = 16 * 1024;

    private static readonly TimeSpan UsualLease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxLease = TimeSpan.FromHours(1);

    /// <summary>Registers node types, all or none. Registering one again replaces it; workflows that are saved go on running.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="worker">The worker's name.</param>
    /// <param name="documents">The types, as JSON.</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    public async ValueTask<Outcome<ImmutableArray<WorkerType>>> RegisterAsync(
        Caller caller, string worker, IReadOnlyList<Value> documents, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.WorkOnTasks) is { } forbidden)
            return forbidden;
        var isRight = documents.Count is > 0 and <= MaxTypes;
        var check = CheckWorker(worker).That(isRight, "/types", "wrong_type", $"'types' must be a list of 1 to {MaxTypes} node types.");
        if (check.Refusal is { } invalid)
            return invalid;
        var (read, problems) = Read(documents);
        if (problems.Count > 0)
            return new Refusal.Invalid(problems);
        return await types.RegisterAsync(caller.Tenant, worker, read, cancellation) switch
        {
            RegisterOutcome.Done done => done.Types,
            RegisterOutcome.Taken taken => Taken(taken),
            RegisterOutcome.Full =>
                new Refusal.Conflict("too_many_types", $"A tenant has at most {WorkerTypes.MaxTypes} node types for workers."),
            var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
        };
    }

    /// <summary>Leases tasks, and waits for some where there are none; empty: none came in time.</summary>
    public async ValueTask<Outcome<LeasedTasks>> PollAsync(Caller caller, PollCommand command, CancellationToken cancellation)
    {
        if ((caller.Refuse(Permission.WorkOnTasks) ?? draining.Refuse() ?? Check(command)) is { } refusal)
            return refusal;
        if (!(await FindTypesAsync(caller.Tenant, command.Types, cancellation)).IsDone(out var found, out var unknown))
            return unknown;
        var wait = caller.LimitWait(command.Wait, time.GetUtcNow());
        var poll = new TaskPoll(caller.Tenant, command.Worker, [.. found], command.Max, command.Lease ?? UsualLease, wait);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation, draining.Token);
        try
        {
            return new LeasedTasks(await tasks.PollAsync(poll, giveUp.Token));
        }
        catch (OperationCanceledException) when (draining.IsDraining)
        {
            return new LeasedTasks([]);
        }
    }

    /// <summary>Extends a lease.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="id">The task.</param>
    /// <param name="token">The lease's token.</param>
    /// <param name="progress">What the worker that has the task next is told, if there is one.</param>
    /// <param name="lease">For how long; null: a minute.</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    /// <returns>The task as it is then.</returns>
    public async ValueTask<Outcome<WorkerTask>> ExtendAsync(
        Caller caller, string id, string token, Value progress, TimeSpan? lease, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.WorkOnTasks) is { } forbidden)
            return forbidden;
        var invalid = CheckLease(new CommandCheck(), lease)
            .Text("/token", token, MaxTokenLength)
            .That(
                progress.ToUtf8().Length <= LargestProgress,
                "/progress",
                "out_of_range",
                $"'progress' is larger than {LargestProgress / 1024} KB.");
        if (invalid.Refusal is { } wrong)
            return wrong;
        var (outcome, task) = await tasks.ExtendAsync(caller.Tenant, id, token, lease ?? UsualLease, progress, cancellation);
        return outcome == WriteOutcome.Done && task is not null ? task : Lost(outcome, id);
    }

    /// <summary>Ends a task. Once it is done it counts, whatever crashes; the same again, under the same token, does nothing.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="id">The task.</param>
    /// <param name="token">The lease's token.</param>
    /// <param name="answer">How it ended (<see cref="Core.Nodes.TaskAnswer"/>).</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    /// <returns>The task as it was.</returns>
    public async ValueTask<Outcome<WorkerTask>> AnswerAsync(
        Caller caller, string id, string token, MapValue answer, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.WorkOnTasks) is { } forbidden)
            return forbidden;
        if (new CommandCheck().Text("/token", token, MaxTokenLength).Refusal is { } invalid)
            return invalid;
        if (await store.ReadTaskAsync(caller.Tenant, id, cancellation) is not { } task)
            return new Refusal.NotFound("task", id);
        if (!answer.TryGet("error", out _) && CheckPort(await types.FindAsync(caller.Tenant, task.Type, cancellation), answer) is { } port)
            return port;
        var outcome = await tasks.AnswerAsync(caller.Tenant, id, token, answer, cancellation);
        return outcome is WriteOutcome.Done or WriteOutcome.Duplicate ? task : Lost(outcome, id);
    }

    private static (IReadOnlyList<WorkerType> Types, List<Problem> Problems) Read(IReadOnlyList<Value> documents)
    {
        var (read, problems) = (new List<WorkerType>(), new List<Problem>());
        for (var i = 0; i < documents.Count; i++)
        {
            if (!documents[i].TryGetMap(out var type))
                problems.Add(
                    new Problem(
                        $"/types/{i}",
                        "wrong_type",
                        "A node type must be an object {type, title?, summary?, configSchema?, ports?, timeout?, concurrency?}."));
            else if (new WorkerTypeReader(type, $"/types/{i}", problems).Read() is { } one)
                read.Add(one);
        }
        foreach (var twice in read.GroupBy(type => WorkerTypes.KeyOf(type.Type), StringComparer.Ordinal).Where(same => same.Count() > 1))
            problems.Add(new Problem("/types", "duplicate_type", $"The type '{twice.First().Type}' occurs twice."));
        return (read, problems);
    }

    private static Refusal.Conflict Taken(RegisterOutcome.Taken taken)
    {
        var full = string.Equals(taken.Name, taken.Type, StringComparison.Ordinal) ? "" : $", '{taken.Type}'";
        return new Refusal.Conflict(
            "type_taken",
            $"'{taken.Name}' is a node type of the server{full}. Give yours another name; case, '_', '-' and '.' make no difference.");
    }

    private static CommandCheck CheckWorker(string worker) => new CommandCheck().Text("/worker", worker, MaxWorkerLength);

    private static Refusal? Check(PollCommand command) => CheckLease(CheckWorker(command.Worker), command.Lease)
        .That(command.Types.Count > 0, "/types", "missing_field", "'types' must name at least one node type.")
        .That(command.Types.Count <= MaxTypes, "/types", "wrong_type", $"'types' must name at most {MaxTypes} node types.")
        .Range("/max", command.Max, 1, MaxTasks)
        .That(
            command.Wait >= TimeSpan.Zero && command.Wait.TotalSeconds <= MaxWait,
            "/waitSeconds",
            "wrong_type",
            $"'waitSeconds' must be a whole number from 0 to {MaxWait}.")
        .Refusal;

    private static CommandCheck CheckLease(CommandCheck check, TimeSpan? lease)
    {
        var isRight = lease is null || (lease >= ShortestLease && lease <= MaxLease);
        return check.That(isRight, "/lease", "wrong_type", $"'lease' must be {Durations.Expected}, from one second to one hour.");
    }

    private async ValueTask<Outcome<List<WorkerType>>> FindTypesAsync(
        string tenant, IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var found = new Dictionary<string, WorkerType>(StringComparer.Ordinal);
        var problems = new List<Problem>();
        for (var i = 0; i < names.Count; i++)
        {
            if (await types.FindAsync(tenant, names[i], cancellation) is { } type)
                found[WorkerTypes.KeyOf(names[i])] = type;
            else
                problems.Add(
                    new Problem(
                        $"/types/{i}",
                        "unknown_node_type",
                        $"No worker has registered the node type '{names[i]}'. Register it first: POST /api/v1/worker/register."));
        }
        return problems.Count > 0 ? new Refusal.Invalid(problems) : found.Values.ToList();
    }

    // Null type: it is not known any more, and neither are its ports.
    private static Refusal.Invalid? CheckPort(WorkerType? type, MapValue answer)
    {
        var port = answer.TryGet("port", out var given) && given.TryGetString(out var text) ? text : null;
        if (type is null || (port is null && type.Ports.Length < 2)
            || (port is not null && type.Ports.Concat(type.FormerPorts).Contains(port, StringComparer.Ordinal)))
            return null;
        return new Refusal.Invalid("/port", "unknown_port", type.Ports.IsEmpty
            ? $"The node type '{type.Type}' has no ports, so none can be chosen. Register it with 'ports', or omit 'port'."
            : $"'port' must be one of those that the node type '{type.Type}' was registered with: {string.Join(", ", type.Ports)}.");
    }

    private static Refusal Lost(WriteOutcome outcome, string id) => outcome switch
    {
        WriteOutcome.NotFound => new Refusal.NotFound("task", id),
        WriteOutcome.Fenced => new Refusal.Conflict(
            "lease_lost",
            $"The lease of task '{id}' expired, and another worker has the task now. Stop working on it; the outcome of the other worker counts."),
        _ => new Refusal.Gone(
            "task_ended",
            $"Nothing waits for task '{id}' any more: it has ended, it timed out, or its execution was cancelled. Stop working on it."),
    };
}

/// <summary>A worker's wish for tasks.</summary>
/// <param name="Worker">The worker's name.</param>
/// <param name="Types">The node types whose tasks it does.</param>
/// <param name="Max">The maximum number of tasks.</param>
/// <param name="Lease">How long they are its own without a word; null: a minute.</param>
/// <param name="Wait">How long to wait if there is no task.</param>
public sealed record PollCommand(string Worker, IReadOnlyList<string> Types, int Max, TimeSpan? Lease, TimeSpan Wait);

/// <summary>Tasks that a worker has leased.</summary>
/// <param name="Tasks">The tasks.</param>
public sealed record LeasedTasks(IReadOnlyList<LeasedTask> Tasks);

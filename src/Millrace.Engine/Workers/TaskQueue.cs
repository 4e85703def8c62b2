using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Workers;

/// <summary>
/// The tasks of external workers. They are rows in the store, written by the commits that say that their nodes wait; a worker leases one, and what it says of its
/// end is durable, with the message for the execution, before it is acknowledged.
/// </summary>
public sealed class TaskQueue
{
    private readonly LiveExecutions _live;
    private readonly WorkflowLibrary _workflows;
    private readonly SecretVault? _secrets;
    private readonly IBlobStore? _blobs;
    private readonly IdSource _ids;
    private readonly TaskWaiters _waiters;

    internal TaskQueue(LiveExecutions live, WorkflowLibrary workflows, SecretVault? secrets, IBlobStore? blobs, IdSource ids)
    {
        (_live, _workflows, _secrets, _blobs, _ids) = (live, workflows, secrets, blobs, ids);
        _waiters = new TaskWaiters(live.Time);
        live.TaskChanged = TaskChanged;
        // Those of other nodes. It listens for as long as the store lives.
        if (live.Store.Ownership.IsShared)
            _ = live.Store.Changes.Listen(ChangeKind.Tasks, change => _waiters.Signal(change.Tenant, change.Id));
    }

    /// <summary>Leases tasks, and waits for some where there are none. Empty: none came in time.</summary>
    /// <exception cref="StoreException">What was leased, if anything was, is to be had again when its lease runs out.</exception>
    public async Task<IReadOnlyList<LeasedTask>> PollAsync(TaskPoll poll, CancellationToken cancellation = default)
    {
        var deadline = _live.Time.GetUtcNow() + poll.Wait;
        using var waiter = _waiters.Enter(poll.Tenant, [.. poll.Types.Select(type => WorkerTypes.KeyOf(type.Type))]);
        while (true)
        {
            // Before it listens anew: until then a signal that it got is passed on when it leaves.
            cancellation.ThrowIfCancellationRequested();
            waiter.Listen();
            if (await LookAsync(poll) is { Count: > 0 } leased)
                return leased;
            var left = deadline - _live.Time.GetUtcNow();
            if (left <= TimeSpan.Zero || !await waiter.WaitAsync(left, cancellation))
                return [];
        }
    }

    /// <summary>Extends a lease: <see cref="WriteOutcome.Done"/>, NotFound, Fenced where somebody else has the task, or Terminal where nobody waits for it.</summary>
    public async Task<(WriteOutcome Outcome, WorkerTask? Task)> ExtendAsync(string tenant, string taskId, string token, TimeSpan lease, Value progress, CancellationToken cancellation = default)
    {
        if (await _live.Store.ReadTaskAsync(tenant, taskId, cancellation) is not { } task)
            return (WriteOutcome.NotFound, null);
        var clean = progress.IsNull ? default : new JsonText((await RedactorOf(task, cancellation)).Redact(progress).ToUtf8());
        var extend = new ExtendLease(tenant, taskId, token, _live.Now() + lease, clean);
        var outcome = (await _live.Committer.CommitAsync(extend)).Outcome;
        return (outcome, outcome == WriteOutcome.Done ? await _live.Store.ReadTaskAsync(tenant, taskId, cancellation) : null);
    }

    /// <summary>
    /// Takes in how a task ended, in the words of <see cref="TaskAnswer"/>. Once this answers Done it counts; Duplicate: it did before. NotFound, Fenced where
    /// somebody else has the task, Terminal where nobody waits for it.
    /// </summary>
    public async Task<WriteOutcome> AnswerAsync(string tenant, string taskId, string token, MapValue answer, CancellationToken cancellation = default)
    {
        if (await _live.Store.ReadTaskAsync(tenant, taskId, cancellation) is not { } task)
            return WriteOutcome.NotFound;
        var payload = (await RedactorOf(task, cancellation)).Redact((Value)answer).AsMap()
            .With("nodeId", task.NodeId).With("iteration", task.Iteration).With("name", Waits.WaitAddress.NameOf(task.Attempt));
        var message = await _live.ToInboxAsync(tenant, task.ExecutionId, Delivery.Task, payload);
        var result = await _live.Committer.CommitAsync(new AnswerTask(tenant, taskId, token, message));
        _live.Options.Reached?.Invoke(CrashPoint.MessageStored);
        if (result is not CommitResult.Appended appended)
            return result.Outcome;
        Freed(tenant, task.Type);
        await _live.TellAsync(message, appended);
        return result.Outcome;
    }

    private async Task<IReadOnlyList<LeasedTask>> LookAsync(TaskPoll poll)
    {
        try
        {
            return await LeaseAsync(poll);
        }
        catch (StoreException)
        {
            // What it was woken for is still there, and others wait.
            foreach (var type in poll.Types)
                _waiters.Signal(poll.Tenant, WorkerTypes.KeyOf(type.Type));
            throw;
        }
    }

    private async Task<IReadOnlyList<LeasedTask>> LeaseAsync(TaskPoll poll)
    {
        var now = _live.Now();
        var queues = poll.Types.Select(type => new TaskQueueKey(WorkerTypes.KeyOf(type.Type), type.Concurrency)).ToImmutableArray();
        var lease = new LeaseTasks(poll.Tenant, queues, poll.Most, new TaskLease(_ids.Next(now), poll.Worker, now + poll.Lease), now);
        var found = (CommitResult.Leased)await _live.Committer.CommitAsync(lease);
        for (var i = 0; i < queues.Length; i++)
        {
            if (found.NextExpiry[i] is { } expiry)
                _waiters.SignalAt(poll.Tenant, queues[i].Type, expiry);
        }
        var leased = new List<LeasedTask>(found.Tasks.Count);
        foreach (var task in found.Tasks)
        {
            if (await PrepareAsync(task) is { } prepared)
                leased.Add(prepared with { Type = poll.Types.First(type => string.Equals(WorkerTypes.KeyOf(type.Type), task.Type, StringComparison.Ordinal)).Type });
        }
        // Whoever takes all that he can carry leaves the rest to the next.
        if (found.Tasks.Count == poll.Most)
            _waiters.Signal(poll.Tenant, found.Tasks[^1].Type);
        return leased;
    }

    // What cannot be given to anybody fails, or every worker would get it in turn.
    private async Task<LeasedTask?> PrepareAsync(WorkerTask task)
    {
        NodeError? problem;
        try
        {
            var values = new ExecutionValues(_blobs, task.Tenant);
            var graph = await _workflows.GraphAsync(task.Tenant, task.WorkflowId, task.Version);
            var config = await values.ReadAsync(task.Config.Utf8);
            var data = task.Data.IsEmpty ? Value.Null : await values.ReadAsync(task.Data.Utf8);
            problem = graph.Find(task.NodeId)?.Logic is WorkerEffect effect
                ? effect.TryFill(config, _secrets is null ? TenantSecrets.None : await _secrets.ReadAsync(task.Tenant), out config)
                : new NodeError("unloadable", $"Version {task.Version} of the workflow has no worker node '{task.NodeId}'.");
            if (problem is null)
                return new LeasedTask(task.Type, task, config, data);
        }
        catch (InvalidDataException e)
        {
            problem = new NodeError("unloadable", e.Message);
        }
        await AnswerAsync(task.Tenant, task.Id, task.Lease!.Token, MapValue.Of("error", MapValue.Of(("type", problem.Type), ("message", problem.Message))));
        return null;
    }

    private void TaskChanged(string tenant, WaitChange change)
    {
        if (change is WaitChange.Queued { Task.Type: var type })
            _waiters.Signal(tenant, type);
        else if (change is WaitChange.Finished finished)
            Freed(tenant, finished.Type);
    }

    // Only where a limit held others back does the end of one let another begin.
    private void Freed(string tenant, string type)
    {
        if (_workflows.WorkerTypes.IsLimited(tenant, type))
            _waiters.Signal(tenant, type);
    }

    // Of the secrets that the worker got.
    private async ValueTask<SecretRedactor> RedactorOf(WorkerTask task, CancellationToken cancellation)
    {
        var secrets = _secrets is null ? TenantSecrets.None : await _secrets.ReadAsync(task.Tenant, cancellation);
        if (ReferenceEquals(secrets, TenantSecrets.None))
            return SecretRedactor.None;
        try
        {
            var graph = await _workflows.GraphAsync(task.Tenant, task.WorkflowId, task.Version);
            return graph.Find(task.NodeId)?.Logic is WorkerEffect effect ? secrets.RedactorOf(effect.SecretNames) : secrets.Redactor;
        }
        catch (InvalidDataException)
        {
            // An upgrade left its version unreadable, so nobody knows which ones he got.
            return secrets.Redactor;
        }
    }
}

/// <summary>A worker asks for tasks.</summary>
/// <param name="Tenant">The tenant that owns it.</param>
/// <param name="Worker">The name of the one who asks.</param>
/// <param name="Types">The node types that the worker runs.</param>
/// <param name="Most">The maximum number of tasks.</param>
/// <param name="Lease">How long he has them without a word.</param>
/// <param name="Wait">How long he waits for one.</param>
public sealed record TaskPoll(string Tenant, string Worker, ImmutableArray<WorkerType> Types, int Most, TimeSpan Lease, TimeSpan Wait);

/// <summary>A task as its worker gets it.</summary>
/// <param name="Type">The type by its registered name.</param>
/// <param name="Task">The task, with its lease.</param>
/// <param name="Config">The node's config, with its secrets.</param>
/// <param name="Data">What arrived at the node.</param>
public sealed record LeasedTask(string Type, WorkerTask Task, Value Config, Value Data);

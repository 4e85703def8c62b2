using Microsoft.Extensions.Logging;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Caching;
using Millrace.Engine.Effects;
using Millrace.Engine.Events;
using Millrace.Engine.Feed;
using Millrace.Engine.Retention;
using Millrace.Engine.Secrets;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Workers;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Runtime;

/// <summary>Runs executions: starts them, hands them what comes from outside, and picks up after a crash.</summary>
public sealed partial class WorkflowEngine : IAsyncDisposable
{
    private readonly LiveExecutions _live;
    private readonly ClaimLoop _claims;
    private readonly Forking _forking;
    private readonly Committer _committer;
    private readonly WorkflowLibrary _workflows;
    private readonly IdSource _ids;
    private readonly ILogger<WorkflowEngine> _logger;
    private readonly IBlobStore? _blobs;
    private readonly ExecutionDeletion _deletion;
    private readonly RetentionSweeper _sweeper;
    private readonly BackgroundLoop _unread;
    private readonly SharedOwnership? _shared;
    private readonly SharedFeed? _sharedFeed;
    private readonly TaskCompletionSource<StoreException> _storeLost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopping;

    internal WorkflowEngine(EngineSetup setup, Committer committer, WorkflowLibrary workflows, ExecutionHistory history, EventFeed feed, SecretVault? secrets)
    {
        var (store, scheduler, time, options, loggers) = (setup.Store, setup.Scheduler, setup.Time, setup.Options, setup.Loggers);
        var (blobs, links) = (setup.Blobs, setup.Links);
        _committer = committer;
        _workflows = workflows;
        _ids = setup.Ids;
        _blobs = blobs;
        _deletion = new ExecutionDeletion(store, committer, blobs, time, options.Retention, loggers.CreateLogger<ExecutionDeletion>());
        _sweeper = new RetentionSweeper(store, _deletion, time, options.Retention, loggers.CreateLogger<RetentionSweeper>());
        _forking = new Forking(store, history, workflows, CreateAsync);
        Publisher = new EventPublisher(committer, time);
        var effects = new EffectDispatcher(
            options,
            scheduler,
            new EffectServices(
                time,
                feed,
                secrets,
                new ChildStarter(StartAsync, _forking),
                blobs,
                links,
                new ResultCache(store, committer, scheduler, time),
                Publisher,
                setup.Budgets,
                committer));
        _live = new LiveExecutions(store, committer, effects, scheduler, history, feed, links, time, options, blobs, loggers.CreateLogger<LiveExecutions>());
        Tasks = new TaskQueue(_live, workflows, secrets, blobs, setup.Ids);
        _claims = new ClaimLoop(_live, loggers.CreateLogger<ClaimLoop>());
        _committer.RoomMade = _claims.Look;
        _committer.Reached = options.Reached;
        _committer.StoreLost = e => _storeLost.TrySetResult(e);
        _logger = loggers.CreateLogger<WorkflowEngine>();
        // Whoever left a message tells so. That is lost with the outcome of the commit that left it, and hints of other nodes may be
        // lost any time.
        _unread = new BackgroundLoop("A look for unread messages", _live.ReadUnreadAsync, options.PollInterval, time, _logger);
        if (!store.Ownership.IsShared)
            return;
        _shared = new SharedOwnership(_live, _claims, OwnershipLost);
        _sharedFeed = new SharedFeed(_live, _logger);
    }

    /// <summary>Publishes CloudEvents.</summary>
    public EventPublisher Publisher { get; }

    /// <summary>The tasks of external workers.</summary>
    public TaskQueue Tasks { get; }

    /// <summary>Ends when the store can be trusted no more: nothing goes on then, and the process has to end. What was promised is kept.</summary>
    public Task<StoreException> StoreLost => _storeLost.Task;

    /// <summary>Picks up what is due, what an earlier process left included, and goes on doing so; removes what was kept long enough.</summary>
    public void Start()
    {
        _ = LimitTenantsAsync();
        _claims.Look();
        _sweeper.Start();
    }

    /// <summary>Starts an execution. Once this answers Accepted, it is durable and will run.</summary>
    /// <exception cref="StoreException">It could not be stored; whether it was is unknown unless the exception says rolled back.</exception>
    public async Task<StartOutcome> StartAsync(StartRequest request, CancellationToken cancellation = default)
    {
        var found = await _workflows.FindRunnableAsync(request.Tenant, request.WorkflowId, request.Version, cancellation);
        if (found is not { } runnable)
            return new StartOutcome.NotFound();
        if (runnable.Graph is not { } graph)
            return new StartOutcome.IsDraft();
        var resolved = StartCheck.Resolve(graph, request);
        if (StartCheck.Run(graph, resolved) is { Count: > 0 } problems)
            return new StartOutcome.Invalid(problems);
        return await CreateAsync(resolved, graph, runnable.Version);
    }

    /// <summary>Goes on from any event of an execution, with changes, as a new execution.</summary>
    public Task<ForkOutcome> ForkAsync(ForkRequest request, CancellationToken cancellation = default) => _forking.ForkAsync(request, cancellation);

    /// <summary>
    /// Goes on from just before the failure of an execution, as a new execution whose effects have the keys of the old one; the key of the
    /// effect that failed changes, since that is known not to have happened.
    /// </summary>
    public Task<ForkOutcome> RetryAsync(string tenant, string executionId, bool confirm = false, IdempotencyKey? idempotency = null, CancellationToken cancellation = default) =>
        _forking.RetryAsync(tenant, executionId, confirm, idempotency, cancellation);

    /// <summary>Sends an execution a message: durable once this answers Done.</summary>
    /// <param name="tenant">The tenant whose data to use.</param>
    /// <param name="executionId">The id of the execution.</param>
    /// <param name="kind">"signal", "pause", "resume", "resolve", "migrate", or what a node waits for.</param>
    /// <param name="payload">The content of the message.</param>
    /// <param name="limit">How many of this kind may wait; 0: any number.</param>
    /// <param name="idempotency">The caller's key against doubled messages.</param>
    public async Task<WriteOutcome> SendAsync(string tenant, string executionId, string kind, MapValue payload, int limit = 0, IdempotencyKey? idempotency = null) =>
        await DeliverAsync(await _live.ToInboxAsync(tenant, executionId, kind, payload, idempotency, limit));

    /// <summary>Deletes executions that have ended; what became of each, in order: Done, NotFound or NotEnded.</summary>
    /// <exception cref="StoreException">Those that are not deleted yet are not deleted.</exception>
    public Task<IReadOnlyList<WriteOutcome>> DeleteAsync(string tenant, IReadOnlyList<string> executionIds, CancellationToken cancellation = default) =>
        _deletion.DeleteAsync(tenant, executionIds, cancellation);

    /// <summary>How many executions callers wait for.</summary>
    internal int EndWaiters => _live.Waiters.Count;

    /// <summary>Waits for an execution to end, and returns it as it is then; at once where it has ended. Null: the tenant has none by this id.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up, or this process lost the execution and will not hear of its end.</exception>
    public async Task<ExecutionRecord?> WhenEndedAsync(string tenant, string executionId, CancellationToken cancellation = default)
    {
        using var waiter = _live.Waiters.Register(tenant, executionId);
        // One that is in memory has yet to tell its waiters. Any other may have ended before this call: the store says so.
        if (!string.Equals(_live.Find(executionId)?.Identity.Tenant, tenant, StringComparison.Ordinal))
        {
            var record = await _live.Store.ReadExecutionAsync(tenant, executionId, cancellation);
            if (record is null || record.Status.IsTerminal())
                return record;
        }
        return await waiter.Ended.WaitAsync(cancellation);
    }

    /// <summary>Runs one effect that belongs to no stored execution, as any other: with its timeout, its secrets, and these taken out of what it answers.</summary>
    /// <param name="identity">What the effect is told that it belongs to.</param>
    /// <param name="effect">The effect to run.</param>
    /// <param name="cancellation">Ends the effect.</param>
    public Task<NodeOutcome> RunAloneAsync(ExecutionIdentity identity, EffectStart effect, CancellationToken cancellation) =>
        new LoneEffect(identity).RunAsync(_live.Effects, effect, cancellation);

    /// <summary>Ends quietly: claims nothing more, gives running effects their grace period, and leaves the rest to the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isStopping)
            return;
        _isStopping = true;
        _claims.Dispose();
        _shared?.Dispose();
        await _unread.DisposeAsync();
        await (_sharedFeed?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _sweeper.DisposeAsync();
        var deadline = _live.Now() + _live.Options.DrainGrace;
        // What has ended is recorded too, and what is large of it stored. Without a store, neither could be.
        while ((_live.Effects.Running > 0 || _live.IsBusy) && _live.Now() < deadline && !StoreLost.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(20), _live.Time);
        _live.Stop();
        if (_live.Store.Ownership.IsShared)
            await LeaveAsync();
        await _committer.CloseAsync();
    }

    // What is here need not wait until somebody notices that this node is gone.
    private async Task LeaveAsync()
    {
        try
        {
            await _committer.CommitAsync(new EndEpoch(_live.Epoch));
        }
        catch (StoreException e)
        {
            _logger.LogWarning(e, "This node could not sign off; other nodes take over its executions once they notice");
        }
    }

    private void OwnershipLost()
    {
        _storeLost.TrySetResult(new StoreException("This node was declared dead, and other nodes have taken over its executions. Restart it.", rolledBack: true));
        _claims.Dispose();
        _live.Stop();
    }

    private async Task<StartOutcome> CreateAsync(StartRequest request, CompiledGraph graph, int version)
    {
        // One time for both: lists find an execution of a time by its id.
        var now = _live.Now();
        var id = _ids.Next(now);
        var start = ToStart(request, graph.Definition, version, id);
        var (limits, problem) = StartLimits.Of(graph, start, request, _live.Options);
        if (problem is not null)
            return new StartOutcome.Invalid([problem]);
        var values = new ExecutionValues(_blobs, request.Tenant);
        var record = ToRecord(request, graph, version, start, id, now, values);
        var admission = limits is null ? null : new Admission(limits.Slots, limits.Rates, ToPending(record, start, values));
        // What waits for room already goes first.
        var (result, creation) = _live.Room > 0 && !_claims.HasBacklog
            ? await _live.CreateAsync(record, graph, start, admission, values, request.Idempotency)
            : await CreatePendingAsync(admission?.Pending ?? ToPending(record, start, values), admission, values, request.Idempotency);
        if (result.Outcome == WriteOutcome.Done)
            return new StartOutcome.Accepted(creation.Execution);
        if (result is CommitResult.Throttled throttled)
            return Throttled(throttled.Execution);
        return result is CommitResult.Duplicate duplicate
            ? new StartOutcome.Duplicate(duplicate.ResourceId)
            : throw new StoreException($"The execution was refused: {result.Outcome}.", rolledBack: true);
    }

    // No room in memory: it is stored as pending, and claimed when there is.
    private async Task<(CommitResult Result, CreateExecution Creation)> CreatePendingAsync(ExecutionRecord pending, Admission? admission, ExecutionValues values, IdempotencyKey? idempotency)
    {
        await values.StoreAsync();
        var creation = new CreateExecution(pending, entry: null) { Admission = admission, Idempotency = idempotency, Blobs = values.TakeKept() };
        var result = await _committer.CommitAsync(creation);
        _claims.PendingStored();
        return (result, creation);
    }

    private async Task LimitTenantsAsync()
    {
        try
        {
            await _committer.CommitAsync(new LimitTenants(_live.Options.TenantConcurrency));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _logger.LogError(e, "The limit of executions per tenant could not be stored; it applies from a tenant's next start on");
        }
    }

    private StartOutcome.Accepted Throttled(ExecutionRecord execution)
    {
        if (execution.WakeAt is { } due)
            _claims.LookAt(due);
        return new StartOutcome.Accepted(execution);
    }

    private async Task<WriteOutcome> DeliverAsync(AppendInbox message)
    {
        var result = await _committer.CommitAsync(message);
        _live.Options.Reached?.Invoke(CrashPoint.MessageStored);
        if (result is CommitResult.Appended appended && !_isStopping)
            await _live.TellAsync(message, appended);
        return result.Outcome;
    }

    private static ExecutionRecord ToRecord(
        StartRequest request, CompiledGraph graph, int version, ExecutionStart start, string id, DateTimeOffset now, ExecutionValues values) => new()
        {
            Tenant = request.Tenant,
            Id = id,
            WorkflowId = request.WorkflowId,
            Version = version,
            Status = ExecutionStatus.Pending,
            Priority = request.Priority ?? graph.Definition.Settings.Priority,
            TotalNodes = graph.Size,
            Input = new JsonText(values.ToUtf8(start.Input)),
            Variables = new JsonText(values.ToUtf8(start.Variables)),
            Trigger = request.TriggerType,
            CorrelationId = request.CorrelationId,
            ParentId = request.ParentId,
            CreatedAt = now,
        };

    private static ExecutionRecord ToPending(ExecutionRecord record, ExecutionStart start, ExecutionValues values) =>
        record with { Request = StartRequest.WriteStart(start, values), WakeAt = record.CreatedAt };

    private static ExecutionStart ToStart(StartRequest request, WorkflowDefinition definition, int version, string id) => new()
    {
        Input = request.Input,
        Inputs = request.Inputs,
        Variables = request.Variables.Count == 0 ? definition.Variables : Overlay(definition.Variables, request.Variables),
        Trigger = request.Fork?.Trigger ?? TriggerOf(request),
        Version = version,
        Origin = request.Fork is { } fork ? fork.Origin with { KeyId = fork.Origin.KeyId.Length == 0 ? id : fork.Origin.KeyId } : null,
        State = request.Fork is { } past ? past.State : Value.Null,
        StartNode = request.StartNode,
        Parent = request.Parent,
    };

    private static MapValue TriggerOf(StartRequest request)
    {
        if (request.ParentId is null)
            return MapValue.Of("type", request.TriggerType);
        return MapValue.Of(("type", request.TriggerType), ("parentId", request.ParentId), ("depth", (long)request.Depth));
    }

    private static MapValue Overlay(MapValue variables, MapValue over)
    {
        var builder = new MapBuilder(variables);
        foreach (var entry in over.Entries)
            builder.Set(entry.Key.AsString(), entry.Value);
        return builder.Build();
    }
}

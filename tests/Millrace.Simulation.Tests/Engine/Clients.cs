using Millrace.Checking;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Core.Definitions.Documents;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Simulation.Tests.Workflows;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>Whoever is outside: starts executions and does all that can be done to them, and notes what it was told is done.</summary>
internal sealed class Clients
{
    private const string Alone = "alone-";

    private readonly SimulatedWorld _world;
    private readonly List<Acknowledgement> _acknowledged = [];
    private readonly List<string> _known = [];
    private readonly Queue<Action<SimulatedProcess>> _actions = new();
    private int _count;

    public Clients(SimulatedWorld world)
    {
        _world = world;
        var actions = new List<Action<SimulatedProcess>>();
        Add(30, process => Start(process, NewStart()));
        Add(24, Signal);
        Add(5, process => On(process, (engine, id) => CancelAsync(engine, id)));
        Add(4, process => On(process, (engine, id) => engine.PauseAsync(SimulatedWorld.Tenant, id, "chance")));
        Add(4, process => On(process, (engine, id) => engine.ResumeAsync(SimulatedWorld.Tenant, id)));
        Add(6, process => On(process, (engine, id) => engine.RetryAsync(SimulatedWorld.Tenant, id, confirm: true)));
        Add(4, process => On(process, (engine, id) => engine.ForkAsync(ForkOf(id))));
        Add(3, process => On(process, (engine, id) => engine.DeleteAsync(SimulatedWorld.Tenant, [id])));
        Add(2, process => On(process, MigrateAsync));
        Add(3, Save);
        foreach (var action in actions.OrderBy(_ => _world.Random.Next()))
            _actions.Enqueue(action);

        void Add(int times, Action<SimulatedProcess> action) => actions.AddRange(Enumerable.Repeat(action, times));
    }

    public IReadOnlyList<Acknowledgement> Acknowledged => _acknowledged;

    public bool HasMore => _actions.Count > 0;

    /// <summary>Does the next thing, through a process; null: there is none, and it is too late for that.</summary>
    public void Act(SimulatedProcess? process)
    {
        if (_actions.TryDequeue(out var action) && process is not null)
            action(process);
    }

    /// <summary>Executions that nobody ever answers, and their children and forks.</summary>
    public HashSet<string> LeftAlone()
    {
        var alone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in _world.History.Ids)
        {
            if (_world.History.Find(id) is { } record && (record.CorrelationId?.StartsWith(Alone, StringComparison.Ordinal) == true || (record.ParentId is { } parent && alone.Contains(parent))))
                alone.Add(id);
        }
        return alone;
    }

    /// <summary>Gives an execution all that it may wait for; one that is left alone no signals.</summary>
    public void Answer(SimulatedProcess process, ExecutionRecord record, bool isAlone)
    {
        var workflow = _world.Workflows.Find(record.WorkflowId);
        if (record.Status == ExecutionStatus.Paused)
            process.Post(() => process.Engine.ResumeAsync(record.Tenant, record.Id));
        if (record.Status is not (ExecutionStatus.Waiting or ExecutionStatus.Compensating or ExecutionStatus.Running))
            return;
        foreach (var node in isAlone ? [] : workflow.Signalled)
            Signal(process, record.Id, node);
        // A fork, or a cancel that came to nothing, leaves effects in doubt whose nodes never ask.
        foreach (var nodeId in workflow.Effects.SelectMany(id => (string[])[id, id + Script.CompensationSuffix]))
            process.Post(() => process.Engine.ResolveAsync(record.Tenant, record.Id, new Resolution(nodeId, null, "completed", 1L, null), isInDoubt: true));
    }

    private StartRequest NewStart()
    {
        var workflows = _world.Workflows.All.Where(workflow => workflow.Id != SimulatedWorkflows.Child).ToList();
        var workflow = workflows[_world.Random.Next(workflows.Count)];
        var number = _count++;
        var isAlone = workflow.Limit is null && _world.Options.TenantConcurrency is null && _world.Random.Next(12) == 0;
        var name = $"{(isAlone ? Alone : "start-")}{number}";
        return new StartRequest
        {
            Tenant = SimulatedWorld.Tenant,
            WorkflowId = workflow.Id,
            Input = PlanGenerator.InputOf(_world.Seed + number),
            CorrelationId = name,
            Priority = _world.Random.Next(4) == 0 ? _world.Random.Next(3) : null,
            Idempotency = _world.Random.Next(2) == 0 ? new IdempotencyKey("execute", name) : null,
        };
    }

    private void Start(SimulatedProcess process, StartRequest request) => process.Post(async () =>
    {
        try
        {
            switch (await process.Engine.StartAsync(request))
            {
                case StartOutcome.Accepted accepted: Started(accepted.Execution.Id, request, process.Engine); break;
                case StartOutcome.Duplicate duplicate: Started(duplicate.ExecutionId, request, null); break;
            }
        }
        catch (StoreException)
        {
            // Whether it was started is unknown; who has a key may ask again.
            if (request.Idempotency is not null)
                _actions.Enqueue(other => Start(other, request));
        }
    });

    private void Started(string id, StartRequest request, WorkflowEngine? engine)
    {
        _acknowledged.Add(new Acknowledgement.Started(id, request.Idempotency?.Key));
        _known.Add(id);
        if (engine is not null && _world.Random.Next(3) == 0)
            _ = SeeEndAsync(id, engine);
    }

    private async Task SeeEndAsync(string id, WorkflowEngine engine)
    {
        try
        {
            await engine.WhenEndedAsync(SimulatedWorld.Tenant, id);
            _acknowledged.Add(new Acknowledgement.Ended(id, _world.History.Next()));
        }
        catch (Exception e) when (e is OperationCanceledException or StoreException)
        {
            // Its process has lost it, or cannot read the store, and says so.
        }
    }

    private void On(SimulatedProcess process, Func<WorkflowEngine, string, Task> action)
    {
        if (_known.Count == 0)
            return;
        var id = _known[_world.Random.Next(_known.Count)];
        process.Post(() => action(process.Engine, id));
    }

    // Only to a version that there is, as the API sees to.
    private async Task MigrateAsync(WorkflowEngine engine, string id)
    {
        if (_world.History.Find(id) is { } record && _world.History.VersionOf(record.WorkflowId) is > 1 and var version)
            await engine.SendAsync(SimulatedWorld.Tenant, id, "migrate", MapValue.Of("version", (long)version));
    }

    private async Task CancelAsync(WorkflowEngine engine, string id)
    {
        if (await engine.CancelAsync(SimulatedWorld.Tenant, id, "chance") == WriteOutcome.Done)
            _acknowledged.Add(new Acknowledgement.Cancelled(id));
    }

    private void Signal(SimulatedProcess process)
    {
        if (_known.Count == 0)
            return;
        var id = _known[_world.Random.Next(_known.Count)];
        if (_world.History.Find(id) is not { } record || record.CorrelationId?.StartsWith(Alone, StringComparison.Ordinal) == true)
            return;
        var nodes = _world.Workflows.Find(record.WorkflowId).Signalled;
        Signal(process, id, nodes.Count == 0 ? new PlanNode("nobody", "waitForEvent") : nodes[_world.Random.Next(nodes.Count)]);
    }

    // The same signal again under its key, where nobody knows whether it was taken.
    private void Signal(SimulatedProcess process, string id, PlanNode node, string? token = null)
    {
        var isFirst = token is null;
        token ??= $"token-{_count++}";
        process.Post(async () =>
        {
            try
            {
                var payload = node.Payload.AsMap().With("token", token);
                var outcome = await process.Engine.SignalAsync(SimulatedWorld.Tenant, id, node.Signal, payload, new IdempotencyKey($"signal/{id}", token));
                if (outcome is WriteOutcome.Done or WriteOutcome.Duplicate)
                    _acknowledged.Add(new Acknowledgement.Signalled(id, token));
            }
            catch (StoreException) when (isFirst)
            {
                _actions.Enqueue(other => Signal(other, id, node, token));
            }
        });
    }

    private ForkRequest ForkOf(string id) => new()
    {
        Tenant = SimulatedWorld.Tenant,
        ExecutionId = id,
        FromSeq = _world.History.Find(id) is { Seq: > 1 } record ? _world.Random.Next(1, (int)record.Seq) : null,
        Confirm = true,
    };

    // The next version, which is the same: executions of both run side by side.
    private void Save(SimulatedProcess process)
    {
        var workflows = _world.Workflows.All.ToList();
        var workflow = workflows[_world.Random.Next(workflows.Count)];
        process.Post(() => process.Workflows.SaveAsync(new SaveRequest { Tenant = SimulatedWorld.Tenant, Document = workflow.Document, Format = DocumentFormat.Json }));
    }
}

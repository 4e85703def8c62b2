using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>
/// Steers executions: cancel, signals, pause and resume, and what became of effects in doubt. What is accepted is durable.
/// </summary>
public sealed class ExecutionControl(WorkflowEngine engine, IStore store, ExecutionHistory history, TransitionWatch watch)
{
    /// <summary>The most characters of a reason or message.</summary>
    public const int MaxReasonLength = 1_000;

    /// <summary>The most characters of a signal's name, an iteration and the like.</summary>
    public const int MaxNameLength = 256;

    private const int MaxNamed = 10;
    private static readonly TimeSpan SignalsTaken = TimeSpan.FromSeconds(5);

    /// <summary>Asks for the end of an execution. It will end; running effects get a moment.</summary>
    /// <returns>The execution as it is now, its values in full.</returns>
    public async ValueTask<Outcome<ExecutionRecord>> CancelAsync(
        Caller caller, string id, string? reason, string? key, CancellationToken cancellation)
    {
        if (await RequestCancelAsync(caller, id, reason, key, cancellation) is { } refusal)
            return refusal;
        return await store.ReadExecutionAsync(caller.Tenant, id, cancellation) is { } execution
            ? await history.InFullAsync(execution, cancellation)
            : new Refusal.NotFound("execution", id);
    }

    /// <summary>Asks for the end of an execution; null: it will end.</summary>
    internal async ValueTask<Refusal?> RequestCancelAsync(
        Caller caller, string id, string? reason, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        if (new CommandCheck().Text("/reason", reason, MaxReasonLength).Refusal is { } invalid)
            return invalid;
        return await engine.CancelAsync(caller.Tenant, id, reason, IdempotencyKey.In("cancel/" + id, key)) switch
        {
            WriteOutcome.NotFound => new Refusal.NotFound("execution", id),
            WriteOutcome.Terminal => Ended(id, await store.ReadExecutionAsync(caller.Tenant, id, cancellation), "be cancelled"),
            _ => null,
        };
    }

    /// <summary>Sends a signal to whichever node waits for its name, now or later.</summary>
    public async ValueTask<Outcome<ControlledExecution>> SignalAsync(
        Caller caller, string id, string name, Value payload, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        var invalid = new CommandCheck()
            .That(name.Length > 0, "/name", "invalid_value", "'name' is empty. A signal needs a name.")
            .Text("/name", name, MaxNameLength);
        if (invalid.Refusal is { } wrong)
            return wrong;
        var outcome = await engine.SignalAsync(caller.Tenant, id, name, payload, IdempotencyKey.In("signal/" + id, key));
        if (outcome == WriteOutcome.Full)
            return new Refusal.Busy(
                "too_many_signals",
                $"{WorkflowEngine.MaxSignals} signals already wait for execution '{id}'. Try again when it has consumed some.",
                SignalsTaken);
        return await AnswerAsync(caller.Tenant, id, outcome, "be sent signals", _ => false, refusal: null, cancellation);
    }

    /// <summary>Pauses an execution: what runs may end, and nothing new begins.</summary>
    public async ValueTask<Outcome<ControlledExecution>> PauseAsync(
        Caller caller, string id, string? reason, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        if (new CommandCheck().Text("/reason", reason, MaxReasonLength).Refusal is { } invalid)
            return invalid;
        var outcome = await watch.SendAsync(
            caller.Tenant,
            id,
            () => engine.PauseAsync(caller.Tenant, id, reason, IdempotencyKey.In("pause/" + id, key)),
            (type, _) => type is "workflow_paused",
            cancellation);
        return await AnswerAsync(caller.Tenant, id, outcome, "be paused", execution => execution.Status == ExecutionStatus.Paused,
            execution => new Refusal.Conflict("cannot_pause", $"Execution '{id}' is {execution.Status.Name()} and cannot be paused."),
            cancellation);
    }

    /// <summary>Lets an execution go on after a pause.</summary>
    public async ValueTask<Outcome<ControlledExecution>> ResumeAsync(Caller caller, string id, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        var outcome = await watch.SendAsync(
            caller.Tenant,
            id,
            () => engine.ResumeAsync(caller.Tenant, id, IdempotencyKey.In("resume/" + id, key)),
            (type, _) => type is "workflow_resumed",
            cancellation);
        return await AnswerAsync(caller.Tenant, id, outcome, "be resumed", execution => execution.Status != ExecutionStatus.Paused,
            execution => new Refusal.Conflict("not_paused", $"Execution '{id}' is {execution.Status.Name()}, not paused."), cancellation);
    }

    /// <summary>Says what became of an effect in doubt.</summary>
    public async ValueTask<Outcome<ControlledExecution>> ResolveAsync(
        Caller caller, string id, Resolution resolution, string? key, CancellationToken cancellation)
    {
        if (caller.Refuse(Permission.RunWorkflows) is { } forbidden)
            return forbidden;
        if (Check(resolution) is { } invalid)
            return invalid;
        if (await store.ReadExecutionAsync(caller.Tenant, id, cancellation) is not { } record)
            return new Refusal.NotFound("execution", id);
        var (nodeId, iteration) = (resolution.NodeId, resolution.Iteration);
        var state = await history.ReadStateAsync(record, cancellation: cancellation);
        if (state.Graph.Find(nodeId) is null)
            return new Refusal.NotFound($"node in the workflow of execution '{id}':", nodeId);
        var inDoubt = state.Waits
            .Where(run => run.Status == NodeStatus.InDoubt && string.Equals(run.Node.Id, nodeId, StringComparison.Ordinal))
            .Where(run => iteration is null || string.Equals(run.Iteration, iteration, StringComparison.Ordinal))
            .Select(run => run.Iteration)
            .ToList();
        if (inDoubt.Count > 1)
        {
            var named = string.Join(", ", inDoubt.Take(MaxNamed).Select(one => $"'{one}'"));
            return new Refusal.Conflict(
                "iteration_needed",
                $"Node '{nodeId}' of execution '{id}' has {inDoubt.Count} effects in doubt, in the iterations {named}. Choose one with "
                    + "'iteration'.");
        }
        var outcome = await watch.SendAsync(
            caller.Tenant,
            id,
            () => engine.ResolveAsync(caller.Tenant, id, resolution, inDoubt.Count > 0, IdempotencyKey.In($"resolve/{id}/{nodeId}", key)),
            (_, node) => string.Equals(node, nodeId, StringComparison.Ordinal),
            cancellation);
        var where = iteration is null ? "" : $" in iteration '{iteration}'";
        return await AnswerAsync(caller.Tenant, id, outcome, "be resolved", execution => execution.Seq > record.Seq,
            _ => new Refusal.Conflict("not_in_doubt", $"Node '{nodeId}' of execution '{id}' has no effect in doubt{where}."), cancellation);
    }

    private static Refusal? Check(Resolution resolution) => new CommandCheck()
        .That(
            resolution.Outcome is "completed" or "failed" or "retry",
            "/outcome",
            "invalid_value",
            $"'{resolution.Outcome}' is not an outcome. Use completed, failed or retry.")
        .Text("/iteration", resolution.Iteration, MaxNameLength)
        .Text("/message", resolution.Message, MaxReasonLength)
        .Refusal;

    private async ValueTask<Outcome<ControlledExecution>> AnswerAsync(
        string tenant,
        string id,
        WriteOutcome outcome,
        string what,
        Func<ExecutionRecord, bool> isDone,
        Func<ExecutionRecord, Refusal>? refusal,
        CancellationToken cancellation)
    {
        var execution = await store.ReadExecutionAsync(tenant, id, cancellation);
        if (outcome == WriteOutcome.NotFound || execution is null)
            return new Refusal.NotFound("execution", id);
        if (outcome == WriteOutcome.Terminal)
            return Ended(id, execution, what);
        if (outcome == WriteOutcome.Conflict && refusal is not null)
            return refusal(execution);
        return new ControlledExecution(await history.InFullAsync(execution, cancellation), isDone(execution));
    }

    private static Refusal.Conflict Ended(string id, ExecutionRecord? execution, string what) =>
        new Refusal.Conflict(
            "already_ended",
            $"Execution '{id}' has ended{(execution is null ? "" : $" ({execution.Status.Name()})")} and can no longer {what}.");
}

/// <summary>An execution that was steered.</summary>
/// <param name="Execution">As it is now, its values in full.</param>
/// <param name="IsSettled">Whether what was asked for has come about already; else it will.</param>
public sealed record ControlledExecution(ExecutionRecord Execution, bool IsSettled);

using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

// What the outside says to executions. Each is durable once it is answered with Done, and handled in its turn.
public sealed partial class WorkflowEngine
{
    /// <summary>Signals of one execution that may wait to be taken; one more is <see cref="WriteOutcome.Full"/>, unless a node waits for it.</summary>
    public const int MaxSignals = 1_000;

    private static readonly ImmutableArray<ExecutionStatus> Pausable = [ExecutionStatus.Pending, ExecutionStatus.Running, ExecutionStatus.Waiting];

    /// <summary>Asks for an execution to be ended. Once this answers Done, it will be.</summary>
    public Task<WriteOutcome> CancelAsync(string tenant, string executionId, string? reason, IdempotencyKey? idempotency = null) =>
        SendAsync(tenant, executionId, MachineMessages.Cancel, Because(reason), idempotency: idempotency);

    /// <summary>Sends a signal to whichever node waits for its name, now or later.</summary>
    public async Task<WriteOutcome> SignalAsync(string tenant, string executionId, string name, Value payload, IdempotencyKey? idempotency = null)
    {
        var message = new MapBuilder().Set("name", name).SetIfPresent("payload", payload).Build();
        var outcome = await SendAsync(tenant, executionId, Delivery.Signal, message, MaxSignals, idempotency);
        // However many signals nobody wants, they must not shut out the one that an open wait is there for.
        return outcome == WriteOutcome.Full && await _live.IsAwaitedAsync(tenant, executionId, new Delivery(Delivery.Signal, name, payload))
            ? await SendAsync(tenant, executionId, Delivery.Signal, message, idempotency: idempotency)
            : outcome;
    }

    /// <summary>Holds an execution: nothing new begins. <see cref="WriteOutcome.Conflict"/> where it is paused already, or is being undone.</summary>
    public async Task<WriteOutcome> PauseAsync(string tenant, string executionId, string? reason, IdempotencyKey? idempotency = null) =>
        await DeliverAsync(await _live.ToInboxAsync(tenant, executionId, MachineMessages.Pause, Because(reason), idempotency, statuses: Pausable));

    /// <summary>Lets an execution go on after a pause. <see cref="WriteOutcome.Conflict"/> where it is not paused.</summary>
    public async Task<WriteOutcome> ResumeAsync(string tenant, string executionId, IdempotencyKey? idempotency = null) =>
        await DeliverAsync(await _live.ToInboxAsync(tenant, executionId, MachineMessages.Resume, MapValue.Empty, idempotency, statuses: [ExecutionStatus.Paused]));

    /// <summary>Says what became of an effect in doubt.</summary>
    /// <param name="tenant">The tenant that owns the execution.</param>
    /// <param name="executionId">The id of the execution.</param>
    /// <param name="resolution">What is known now.</param>
    /// <param name="isInDoubt">Whether there is such an effect; where there is none only a key that was used before is answered otherwise than by <see cref="WriteOutcome.Conflict"/>.</param>
    /// <param name="idempotency">The caller's key.</param>
    public async Task<WriteOutcome> ResolveAsync(string tenant, string executionId, Resolution resolution, bool isInDoubt, IdempotencyKey? idempotency = null) =>
        await DeliverAsync(
            await _live.ToInboxAsync(
                tenant,
                executionId,
                MachineMessages.Resolve,
                resolution.ToPayload(),
                idempotency,
                statuses: isInDoubt ? default : ImmutableArray<ExecutionStatus>.Empty));

    /// <summary>Answers a wait for the outside.</summary>
    /// <param name="wait">The wait to answer.</param>
    /// <param name="messageKind"><see cref="Delivery.Answer"/> or <see cref="Delivery.Callback"/>.</param>
    /// <param name="payload">What its execution is told, an object.</param>
    /// <param name="answer">What is kept of it for people to read.</param>
    /// <param name="isEarly">Whether it may be answered before it begins.</param>
    /// <param name="idempotency">The caller's key.</param>
    public async Task<WriteOutcome> AnswerAsync(WaitRecord wait, string messageKind, MapValue payload, WaitAnswer answer, bool isEarly = false, IdempotencyKey? idempotency = null)
    {
        var message = await _live.ToInboxAsync(wait.Tenant, wait.ExecutionId, messageKind, payload.With("nodeId", wait.NodeId).With("iteration", wait.Iteration));
        var write = new AnswerWait(wait.Tenant, wait.Id, answer, message) { Early = isEarly ? wait : null, Idempotency = idempotency };
        var result = await _committer.CommitAsync(write);
        if (result is CommitResult.Appended appended && !_isStopping)
            await _live.TellAsync(message, appended);
        return result.Outcome;
    }

    private static MapValue Because(string? reason) => reason is null ? MapValue.Empty : MapValue.Of("reason", reason);
}

/// <summary>What became of an effect in doubt.</summary>
/// <param name="NodeId">The id of the node.</param>
/// <param name="Iteration">In which iteration; null: the first in doubt.</param>
/// <param name="Outcome">"completed", "failed", or "retry": it runs again under the same key.</param>
/// <param name="Output">Its output, where it completed.</param>
/// <param name="Message">Why it failed, where it did; null: a sentence of ours.</param>
public sealed record Resolution(string NodeId, string? Iteration, string Outcome, Value Output, string? Message)
{
    internal MapValue ToPayload() => new MapBuilder()
        .Set("nodeId", NodeId).Set("outcome", Outcome).SetIfPresent("output", Output).SetIfPresent("iteration", Iteration).SetIfPresent("message", Message).Build();
}

using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

// What the outside says to executions. Each is durable once it is answered with Done, and handled in its turn.
public sealed partial class WorkflowEngine
{
    /// <summary>Signals of one execution that may wait to be taken; one more is <see cref="WriteOutcome.Full"/>.</summary>
    public const int MostSignals = 1_000;

    private static readonly ImmutableArray<ExecutionStatus> Pausable = [ExecutionStatus.Pending, ExecutionStatus.Running, ExecutionStatus.Waiting];

    /// <summary>Asks for an execution to be ended. Once this answers Done, it will be.</summary>
    public Task<WriteOutcome> CancelAsync(string tenant, string executionId, string? reason, IdempotencyKey? idempotency = null) =>
        SendAsync(new AppendInbox(tenant, executionId, MachineMessages.Cancel, Json(Reason(reason)), _live.Now()) { Idempotency = idempotency });

    /// <summary>Sends a signal to whichever node waits for its name, now or later.</summary>
    public Task<WriteOutcome> SignalAsync(string tenant, string executionId, string name, Value payload, IdempotencyKey? idempotency = null) =>
        SendAsync(new AppendInbox(tenant, executionId, Delivery.Signal, Json(new MapBuilder().Set("name", name).SetIfPresent("payload", payload)), _live.Now())
        {
            Limit = MostSignals,
            Idempotency = idempotency,
        });

    /// <summary>Holds an execution: nothing new begins. <see cref="WriteOutcome.Conflict"/> where it is paused already, or is being undone.</summary>
    public Task<WriteOutcome> PauseAsync(string tenant, string executionId, string? reason, IdempotencyKey? idempotency = null) =>
        SendAsync(new AppendInbox(tenant, executionId, MachineMessages.Pause, Json(Reason(reason)), _live.Now()) { Statuses = Pausable, Idempotency = idempotency });

    /// <summary>Lets an execution go on after a pause. <see cref="WriteOutcome.Conflict"/> where it is not paused.</summary>
    public Task<WriteOutcome> ResumeAsync(string tenant, string executionId, IdempotencyKey? idempotency = null) =>
        SendAsync(new AppendInbox(tenant, executionId, MachineMessages.Resume, Json(new MapBuilder()), _live.Now()) { Statuses = [ExecutionStatus.Paused], Idempotency = idempotency });

    /// <summary>Says what became of an effect in doubt.</summary>
    /// <param name="tenant">Whose execution.</param>
    /// <param name="executionId">Which.</param>
    /// <param name="resolution">What is known now.</param>
    /// <param name="isInDoubt">Whether there is such an effect; where there is none only a key that was used before is answered otherwise than by <see cref="WriteOutcome.Conflict"/>.</param>
    /// <param name="idempotency">The caller's key.</param>
    public Task<WriteOutcome> ResolveAsync(string tenant, string executionId, Resolution resolution, bool isInDoubt, IdempotencyKey? idempotency = null) =>
        SendAsync(new AppendInbox(tenant, executionId, MachineMessages.Resolve, resolution.ToJson(), _live.Now())
        {
            Statuses = isInDoubt ? default : ImmutableArray<ExecutionStatus>.Empty,
            Idempotency = idempotency,
        });

    /// <summary>Answers a wait for the outside.</summary>
    public async Task<WriteOutcome> AnswerAsync(WaitRecord wait, string messageKind, Value payload, WaitAnswer answer, bool isEarly, IdempotencyKey? idempotency = null)
    {
        var message = new AppendInbox(wait.Tenant, wait.ExecutionId, messageKind, Json(new MapBuilder(payload.AsMap()).Set("nodeId", wait.NodeId).Set("iteration", wait.Iteration)), answer.At);
        var write = new AnswerWait(wait.Tenant, wait.Id, answer, message) { Early = isEarly ? wait : null, Idempotency = idempotency };
        var outcome = await _committer.WriteAsync(write);
        if (outcome == WriteOutcome.Done && !_isStopping)
            await _live.TellAsync(message);
        return outcome;
    }

    private async Task<WriteOutcome> SendAsync(AppendInbox message)
    {
        var outcome = await _committer.WriteAsync(message);
        if (outcome == WriteOutcome.Done && !_isStopping)
            await _live.TellAsync(message);
        return outcome;
    }

    private static MapBuilder Reason(string? reason) => reason is null ? new MapBuilder() : new MapBuilder().Set("reason", reason);

    private static JsonText Json(MapBuilder payload) => new(((Value)payload.Build()).ToUtf8());
}

/// <summary>What became of an effect in doubt.</summary>
/// <param name="NodeId">Which node's.</param>
/// <param name="Iteration">In which iteration; null: the first in doubt.</param>
/// <param name="Outcome">"completed", "failed", or "retry": it runs again under the same key.</param>
/// <param name="Output">Its output, where it completed.</param>
/// <param name="Message">Why it failed, where it did; null: a sentence of ours.</param>
public sealed record Resolution(string NodeId, string? Iteration, string Outcome, Value Output, string? Message)
{
    internal JsonText ToJson()
    {
        var json = new MapBuilder().Set("nodeId", NodeId).Set("outcome", Outcome).SetIfPresent("output", Output);
        if (Iteration is not null)
            json.Set("iteration", Iteration);
        if (Message is not null)
            json.Set("message", Message);
        return new JsonText(((Value)json.Build()).ToUtf8());
    }
}

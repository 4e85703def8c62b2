using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;
using Millrace.Engine.Webhooks;

namespace Millrace.Engine.Operations.Webhooks;

/// <summary>Calls from outside that executions wait for in the middle of their work. The address is the right to call, once.</summary>
public sealed class CallbackOperations(WorkflowEngine engine, IStore store, ExecutionHistory history, SignedLinks links, TimeProvider time)
{
    /// <summary>What an address is for, and how its callers prove themselves.</summary>
    /// <param name="token">The token in the address.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    public async ValueTask<Outcome<AwaitedCall>> FindAsync(string token, CancellationToken cancellation)
    {
        if (links.Verify(token, LinkKind.Callback) is not { } address)
            return new Refusal.NotFound("No callback is pending at this address.");
        if (await store.ReadExecutionAsync(address.Tenant, address.ExecutionId, cancellation) is not { } execution)
            return new Refusal.NotFound("execution", address.ExecutionId);
        var graph = await history.GraphAsync(
            new ExecutionIdentity(execution.Tenant, execution.Id, execution.WorkflowId, execution.Version), execution.Version);
        return new AwaitedCall(address, execution.WorkflowId, (graph.Find(address.NodeId)?.Logic as ICalledLogic)?.Callers);
    }

    /// <summary>Gives a call to the node that its address was made for. It may come before the node waits. Null: it is stored.</summary>
    /// <param name="call">What the address is for.</param>
    /// <param name="request">The call, as data.</param>
    /// <param name="key">The caller's idempotency key: the same call again, under the same key, is the same call; null: none.</param>
    /// <param name="cancellation">Ends the reading, not the call.</param>
    public async ValueTask<Refusal?> CallAsync(AwaitedCall call, MapValue request, string? key, CancellationToken cancellation)
    {
        var address = call.Address;
        var payload = address.Name is { } attempt ? request.With("name", attempt) : request;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var wait = new WaitRecord
        {
            Tenant = address.Tenant,
            Id = address.Id,
            ExecutionId = address.ExecutionId,
            WorkflowId = call.WorkflowId,
            NodeId = address.NodeId,
            Iteration = address.Iteration,
            Kind = NodeWait.Callback,
            CreatedAt = now,
        };
        var outcome = await engine.AnswerAsync(
            wait,
            Delivery.Callback,
            payload,
            new WaitAnswer(null, null, default, null, now),
            isEarly: true,
            IdempotencyKey.In("callback/" + wait.Id, key));
        if (outcome is WriteOutcome.Done or WriteOutcome.Duplicate)
            return null;
        var stored = outcome == WriteOutcome.Conflict ? await store.ReadWaitAsync(address.Tenant, address.Id, cancellation) : null;
        return stored is { Status: WaitStatus.Answered }
            ? new Refusal.Conflict("already_called", "This address was already called, and accepts only one call.")
            : new Refusal.Gone("gone", $"Execution '{address.ExecutionId}' no longer waits for this call.");
    }
}

/// <summary>A call that an execution waits for, or will.</summary>
/// <param name="Address">The wait.</param>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="Callers">How callers prove themselves; null: the address is enough.</param>
public sealed record AwaitedCall(WaitAddress Address, string WorkflowId, CallerAuthentication? Callers);

using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>New executions of the past of others: fork, retry and rerun. The old ones stay as they are.</summary>
public sealed class ExecutionForks(WorkflowEngine engine, IStore store, ExecutionHistory history, ExecutionStarts starts, Draining draining)
{
    /// <summary>The most characters of a node's id.</summary>
    public const int MaxNodeIdLength = 128;

    /// <summary>Goes on after any event of an execution, with changes, as a new execution.</summary>
    public async ValueTask<Outcome<ForkedExecution>> ForkAsync(Caller caller, ForkCommand command, CancellationToken cancellation)
    {
        if (Refuse(caller) is { } refusal)
            return refusal;
        var invalid = new CommandCheck()
            .Range("/fromSeq", command.FromSeq, 1, long.MaxValue)
            .Text("/fromNode", command.FromNode, MaxNodeIdLength)
            .Range("/version", command.Version, 1, int.MaxValue)
            .That(
                command is { FromSeq: null } or { FromNode: null },
                "/fromNode",
                "wrong_type",
                "Give either 'fromSeq' or 'fromNode', not both.");
        if (invalid.Refusal is { } wrong)
            return wrong;
        var request = new ForkRequest
        {
            Tenant = caller.Tenant,
            ExecutionId = command.ExecutionId,
            FromSeq = command.FromSeq,
            FromNode = command.FromNode,
            Changes = command.Changes,
            Version = command.Version,
            Confirm = command.Confirm,
            Idempotency = IdempotencyKey.In("fork/" + command.ExecutionId, command.Key),
        };
        return await ToOutcomeAsync(caller.Tenant, await engine.ForkAsync(request, cancellation), cancellation);
    }

    /// <summary>
    /// Goes on just before the failure of an execution, as a new one; the effects that ended keep their idempotency keys.
    /// </summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="executionId">The execution that failed.</param>
    /// <param name="confirm">Whether effects in doubt may run again although their nodes say otherwise.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    public async ValueTask<Outcome<ForkedExecution>> RetryAsync(
        Caller caller, string executionId, bool confirm, string? key, CancellationToken cancellation)
    {
        if (Refuse(caller) is { } refusal)
            return refusal;
        var outcome = await engine.RetryAsync(
            caller.Tenant, executionId, confirm, IdempotencyKey.In("retry/" + executionId, key), cancellation);
        return await ToOutcomeAsync(caller.Tenant, outcome, cancellation);
    }

    /// <summary>Starts a new execution with the input, inputs and variables of another.</summary>
    /// <param name="caller">The caller, whose tenant and permissions apply.</param>
    /// <param name="executionId">The execution to run again.</param>
    /// <param name="version">The version of the workflow to run; null: the same.</param>
    /// <param name="key">The caller's idempotency key; null: none.</param>
    /// <param name="cancellation">Cancels reading; what was committed stays.</param>
    public async ValueTask<Outcome<ExecutionRecord>> RerunAsync(
        Caller caller, string executionId, int? version, string? key, CancellationToken cancellation)
    {
        if (Refuse(caller) is { } refusal)
            return refusal;
        if (new CommandCheck().Range("/version", version, 1, int.MaxValue).Refusal is { } wrong)
            return wrong;
        if (await store.ReadExecutionAsync(caller.Tenant, executionId, cancellation) is not { } record)
            return new Refusal.NotFound("execution", executionId);
        var start = await history.ReadStartAsync(record, cancellation);
        var request = new StartRequest
        {
            Tenant = caller.Tenant,
            WorkflowId = record.WorkflowId,
            Version = version ?? record.Version,
            Input = start.Input,
            Inputs = start.Inputs,
            Variables = start.Variables,
            Priority = record.Priority,
            CorrelationId = record.CorrelationId,
            StartNode = start.StartNode,
            TriggerType = "rerun",
            Idempotency = IdempotencyKey.In("rerun/" + executionId, key),
        };
        return await starts.StartAsync(request, TimeSpan.Zero, cancellation);
    }

    private Refusal? Refuse(Caller caller) => caller.Refuse(Permission.RunWorkflows) ?? draining.Refuse();

    private async ValueTask<Outcome<ForkedExecution>> ToOutcomeAsync(string tenant, ForkOutcome outcome, CancellationToken cancellation) =>
        outcome switch
    {
        ForkOutcome.Accepted accepted => new ForkedExecution(await history.InFullAsync(accepted.Execution, cancellation), accepted.Unfinished),
        ForkOutcome.Duplicate duplicate => await store.ReadExecutionAsync(tenant, duplicate.ExecutionId, cancellation) is { } execution
            ? new ForkedExecution(await history.InFullAsync(execution, cancellation), [])
            : ExecutionStarts.Deleted(duplicate.ExecutionId),
        ForkOutcome.NotFound missing => new Refusal.NotFound(missing.Message),
        ForkOutcome.Illegal illegal => new Refusal.Conflict("illegal_transition", illegal.Message),
        ForkOutcome.NeedsConfirmation needs => new Refusal.Conflict("needs_confirmation", Unfinished(needs.Unfinished)),
        ForkOutcome.Invalid invalid => new Refusal.Invalid(invalid.Problems),
        _ => throw new InvalidOperationException($"Unknown outcome {outcome.GetType().Name}."),
    };

    private static string Unfinished(ImmutableArray<UnfinishedEffect> effects)
    {
        var named = string.Join(", ", effects.Select(effect =>
            $"'{effect.NodeId}'{(effect.Iteration.Length > 0 ? $" (iteration {effect.Iteration})" : "")}: inDoubt "
                + $"{effect.Policy.ToString().ToLowerInvariant()}"));
        return $"Effects were running at that point and would run again: {named}. To allow this, send \"confirm\": true.";
    }
}

/// <summary>Where to fork an execution, and with which changes.</summary>
public sealed record ForkCommand
{
    /// <summary>The execution.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>After which of its events; null: see <see cref="FromNode"/>, else after the last that is not its end.</summary>
    public long? FromSeq { get; init; }

    /// <summary>Before the first run of this node; null: see <see cref="FromSeq"/>.</summary>
    public string? FromNode { get; init; }

    /// <summary>The changes that the fork makes.</summary>
    public ForkChanges Changes { get; init; } = new();

    /// <summary>With which version of the workflow; null: the same.</summary>
    public int? Version { get; init; }

    /// <summary>Whether effects in doubt may run again although their nodes say otherwise.</summary>
    public bool Confirm { get; init; }

    /// <summary>The caller's idempotency key; null: none.</summary>
    public string? Key { get; init; }
}

/// <summary>A new execution that goes on from the past of another.</summary>
/// <param name="Execution">The new execution, its values in full.</param>
/// <param name="Unfinished">Effects that had begun and not ended there: they run again.</param>
public sealed record ForkedExecution(ExecutionRecord Execution, ImmutableArray<UnfinishedEffect> Unfinished);

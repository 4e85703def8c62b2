using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;

namespace Millrace.Engine.Runtime;

/// <summary>Makes new executions of the past of others: forks, retries and reruns. The old one is left as it is.</summary>
internal sealed class Forking(IStore store, ExecutionHistory history, WorkflowLibrary workflows, Func<StartRequest, CompiledGraph, int, Task<StartOutcome>> create)
{
    public async Task<ForkOutcome> ForkAsync(ForkRequest request, CancellationToken cancellation)
    {
        if (await store.ReadExecutionAsync(request.Tenant, request.ExecutionId, cancellation) is not { } record)
            return new ForkOutcome.NotFound($"There is no execution '{request.ExecutionId}'.");
        if (record.Seq == 0)
            return new ForkOutcome.Illegal("The execution has not started: there is nothing to continue from.");
        var (seq, problem) = await SeqOfAsync(request, record, cancellation);
        if (problem is not null)
            return new ForkOutcome.Invalid([problem]);
        var state = await history.ReadStateAsync(record, seq, cancellation);
        // It was deleted in between.
        if (state.Seq == 0)
            return new ForkOutcome.NotFound($"There is no execution '{request.ExecutionId}'.");
        var problems = state.Change(request.Changes);
        if (problems.Count > 0)
            return new ForkOutcome.Invalid(problems);
        var runnable = await workflows.FindRunnableAsync(request.Tenant, record.WorkflowId, request.Version ?? state.Identity.WorkflowVersion, cancellation);
        if (runnable?.Graph is not { } graph)
            return new ForkOutcome.NotFound($"The workflow '{record.WorkflowId}' has no runnable version {request.Version ?? state.Identity.WorkflowVersion}.");
        var unfinished = state.UnfinishedEffects();
        if (!request.Confirm && unfinished.Any(effect => effect.Policy != InDoubtPolicy.Retry))
            return new ForkOutcome.NeedsConfirmation(unfinished);
        return await GoOnAsync(record, state, graph, runnable.Value.Version, new Going("fork", seq, null, request.Confirm, request.Idempotency), unfinished);
    }

    public async Task<ForkOutcome> RetryAsync(string tenant, string executionId, bool confirm, IdempotencyKey? idempotency, CancellationToken cancellation)
    {
        if (await store.ReadExecutionAsync(tenant, executionId, cancellation) is not { } record)
            return new ForkOutcome.NotFound($"There is no execution '{executionId}'.");
        if (record.Status != ExecutionStatus.Failed)
            return new ForkOutcome.Illegal($"Only a failed execution can be retried; this one is {record.Status.Name()}.");
        var finder = new RetryPointFinder();
        await history.ScanAsync(record, e => { finder.Take(e); return true; }, cancellation);
        if (finder.Find() is not { } point)
            return new ForkOutcome.Illegal("The execution was compensated when it failed, so there is nothing to continue from; rerun it instead.");
        var state = await history.ReadStateAsync(record, point.Seq, cancellation);
        state.Forget(point);
        var unfinished = state.UnfinishedEffects();
        if (!confirm && unfinished.Any(effect => effect.Policy != InDoubtPolicy.Retry))
            return new ForkOutcome.NeedsConfirmation(unfinished);
        return await GoOnAsync(record, state, state.Graph, state.Identity.WorkflowVersion, new Going("retry", point.Seq, state.KeyId, confirm, idempotency), unfinished);
    }

    public async Task<UndoOutcome> UndoAsync(EffectContext asker, string executionId, CancellationToken cancellation)
    {
        if (await store.ReadExecutionAsync(asker.Tenant, executionId, cancellation) is not { } record)
            return new UndoOutcome.Refused("not_found", $"There is no execution '{executionId}' to undo; it may have been deleted.");
        if (record.Status != ExecutionStatus.Completed)
            return new UndoOutcome.Refused("not_completed", $"Only a completed execution can be undone; '{executionId}' is {record.Status.Name()}.");
        var state = await history.ReadStateAsync(record, record.Seq - 1, cancellation);
        if (!state.HasUndoable)
            return new UndoOutcome.Done();
        var going = new Going("undo", record.Seq - 1, state.KeyId, Confirmed: true, new IdempotencyKey("undo", executionId)) { Asker = asker };
        return await GoOnAsync(record, state, state.Graph, state.Identity.WorkflowVersion, going, []) switch
        {
            ForkOutcome.Accepted accepted => new UndoOutcome.Started(accepted.Execution.Id),
            ForkOutcome.Duplicate duplicate => await UndoneBeforeAsync(asker, executionId, duplicate.ExecutionId, cancellation),
            ForkOutcome.Invalid invalid => new UndoOutcome.Refused("does_not_fit", string.Join(' ', invalid.Problems.Select(problem => problem.Message))),
            var other => throw new InvalidOperationException($"Undoing cannot come to {other.GetType().Name}."),
        };
    }

    // After a crash the same node asks again; another one may ask too late.
    private async Task<UndoOutcome> UndoneBeforeAsync(EffectContext asker, string executionId, string undoId, CancellationToken cancellation) =>
        await store.ReadExecutionAsync(asker.Tenant, undoId, cancellation) switch
        {
            null or { Status: ExecutionStatus.Completed } => new UndoOutcome.Done(),
            { } undo when !undo.Status.IsTerminal() && string.Equals(undo.ParentId, asker.ExecutionId, StringComparison.Ordinal) => new UndoOutcome.Started(undoId),
            { } undo => new UndoOutcome.Refused("not_undone", $"The execution '{executionId}' is already being undone by '{undoId}', which is {undo.Status.Name()}."),
        };

    private sealed record Going(string Trigger, long Seq, string? KeyId, bool Confirmed, IdempotencyKey? Idempotency)
    {
        /// <summary>The effect that wants an execution undone, and waits for that; null: it is gone on with.</summary>
        public EffectContext? Asker { get; init; }
    }

    private async Task<ForkOutcome> GoOnAsync(ExecutionRecord record, ExecutionState state, CompiledGraph graph, int version, Going going, ImmutableArray<UnfinishedEffect> unfinished)
    {
        var snapshot = state.ToSnapshot();
        try
        {
            new ExecutionState(state.Identity, graph).Restore(snapshot);
        }
        catch (InvalidOperationException e)
        {
            return new ForkOutcome.Invalid([new Problem("/version", "does_not_fit", $"The execution cannot continue with version {version}: {e.Message}")]);
        }
        var start = new StartRequest
        {
            Tenant = record.Tenant,
            WorkflowId = record.WorkflowId,
            Input = state.Start.Input,
            Inputs = state.Start.Inputs,
            Priority = record.Priority,
            CorrelationId = record.CorrelationId,
            StartNode = state.Start.StartNode,
            TriggerType = going.Trigger,
            Idempotency = going.Idempotency,
            ParentId = going.Asker?.ExecutionId,
            Parent = going.Asker is { } asker ? new ParentLink(asker.ExecutionId, asker.NodeId, asker.Iteration) : null,
            Fork = new ForkStart(snapshot, new ForkOrigin(record.Id, going.Seq, going.KeyId ?? "", going.Confirmed, Undoes: going.Asker is not null), state.Start.Trigger),
        };
        return await create(start, graph, version) switch
        {
            StartOutcome.Accepted accepted => new ForkOutcome.Accepted(accepted.Execution, unfinished),
            StartOutcome.Duplicate duplicate => new ForkOutcome.Duplicate(duplicate.ExecutionId),
            StartOutcome.Invalid invalid => new ForkOutcome.Invalid([.. invalid.Problems]),
            var other => throw new InvalidOperationException($"A fork cannot come to {other.GetType().Name}."),
        };
    }

    private async Task<(long Seq, Problem? Problem)> SeqOfAsync(ForkRequest request, ExecutionRecord record, CancellationToken cancellation)
    {
        var end = record.Status.IsTerminal() ? record.Seq - 1 : record.Seq;
        if (request.FromNode is null && request.FromSeq is { } given && (given < 1 || given > end))
            return (0, OutOfRange("/fromSeq", given, end));
        var finder = new ForkPointFinder(request.FromNode is null ? request.FromSeq ?? end : record.Seq, request.FromNode);
        await history.ScanAsync(record, finder.Take, cancellation);
        finder.End();
        return finder.Wanted switch
        {
            null => (0, new Problem("/fromNode", "unknown_node", $"The node '{request.FromNode}' has no events in this execution.")),
            { } wanted when wanted < 1 || wanted > end => (0, OutOfRange("/fromNode", wanted, end)),
            _ => (finder.Seq, null),
        };
    }

    private static Problem OutOfRange(string pointer, long seq, long end) =>
        new(pointer, "out_of_range", $"A fork must start after one of the events 1 to {end}, not after {seq}.");
}

using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Caching;
using Millrace.Engine.Runtime;
using Millrace.Engine.Secrets;

namespace Millrace.Engine.Nodes;

/// <summary>What an effect knows about the attempt it is.</summary>
public sealed class EffectContext
{
    private List<LogLine>? _logs;

    /// <summary>Whose execution it is.</summary>
    public required string Tenant { get; init; }

    /// <summary>The execution.</summary>
    public required string ExecutionId { get; init; }

    /// <summary>The execution whose id is in the key: for a retry, the one that is retried; null: this one.</summary>
    public string? KeyId { get; init; }

    /// <summary>The workflow.</summary>
    public required string WorkflowId { get; init; }

    /// <summary>The node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The iteration path; empty at the top level.</summary>
    public string Iteration { get; init; } = "";

    /// <summary>From 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>See <see cref="Millrace.Core.Executions.NodeRun.Generation"/>.</summary>
    public int Generation { get; init; }

    /// <summary>What arrived at the node.</summary>
    public Value Data { get; init; }

    /// <summary>Hears pieces of the result as they come; null: nobody does.</summary>
    internal Action<string>? OnToken { get; init; }

    /// <summary>Starts executions; null where the effect belongs to none that is stored.</summary>
    internal IChildStarter? Children { get; init; }

    /// <summary>Results that are kept for later; null where the effect belongs to no execution that is stored.</summary>
    public ResultCache? Cache { get; init; }

    /// <summary>How many executions are around this one: its parent, that one's parent, and so on.</summary>
    internal int Depth { get; init; }

    /// <summary>The tenant's secrets, for the fields of the config that may have some.</summary>
    internal TenantSecrets Secrets { get; init; } = TenantSecrets.None;

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The same for every attempt of this effect, also after a crash: what the other side can recognise a repetition by.</summary>
    public string IdempotencyKey => $"{KeyId ?? ExecutionId}:{NodeId}:{Iteration}:{Generation}";

    /// <summary>
    /// Starts a child execution. The same attempt of this effect starts it only once, also after a crash: then the answer is
    /// <see cref="StartOutcome.Duplicate"/> with its id.
    /// </summary>
    /// <param name="workflowId">The workflow to run.</param>
    /// <param name="version">The version of it; null: the current one.</param>
    /// <param name="input">Its input.</param>
    /// <param name="waits">Whether this node then waits for it: its end is told to the node, and a cancel goes down to it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The effect runs alone, outside of any execution.</exception>
    public ValueTask<StartOutcome> StartChildAsync(string workflowId, int? version, Value input, bool waits, CancellationToken cancellation) =>
        Children?.StartChildAsync(this, workflowId, version, input, waits, cancellation)
        ?? throw new InvalidOperationException("A node that is tried alone cannot start executions.");

    /// <summary>
    /// Undoes what a completed execution of the tenant did, by an execution of its own for which this node then waits. An execution is undone
    /// only once, whoever asks.
    /// </summary>
    /// <param name="executionId">The execution.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The effect runs alone, outside of any execution.</exception>
    public ValueTask<UndoOutcome> UndoAsync(string executionId, CancellationToken cancellation) =>
        Children?.UndoAsync(this, executionId, cancellation) ?? throw new InvalidOperationException("A node that is tried alone cannot undo executions.");

    /// <summary>The lines logged so far.</summary>
    public IReadOnlyList<LogLine> Logs => _logs ?? (IReadOnlyList<LogLine>)[];

    /// <summary>Adds a line to the execution's log; it is journaled with the outcome.</summary>
    public void Log(string level, string message, Value data = default) => (_logs ??= []).Add(new(level, message, data));

    /// <summary>Shows a piece of the result to whoever watches, at once. It is not journaled: the outcome says the same as a whole.</summary>
    public void Token(string text) => OnToken?.Invoke(text);
}

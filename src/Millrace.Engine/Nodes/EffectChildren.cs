using Millrace.Core.Values;
using Millrace.Engine.Effects;
using Millrace.Engine.Runtime;

namespace Millrace.Engine.Nodes;

/// <summary>Other executions, as an effect starts or undoes them.</summary>
public readonly struct EffectChildren
{
    private readonly EffectContext _context;

    internal EffectChildren(EffectContext context) => _context = context;

    private IChildStarter Starter => _context.Host.Children ?? throw new InvalidOperationException("A node that is tested alone cannot start or undo executions.");

    /// <summary>
    /// Starts a child execution. The same attempt of this effect starts it only once, also after a crash: then the answer is
    /// <see cref="StartOutcome.Duplicate"/> with its id.
    /// </summary>
    /// <param name="workflowId">The workflow to run.</param>
    /// <param name="version">The version of it; null: the current one.</param>
    /// <param name="input">Its input.</param>
    /// <param name="waits">Whether this node then waits for it: its end is told to the node, and a cancel goes down to it.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="InvalidOperationException">The effect runs alone, outside of any execution.</exception>
    public ValueTask<StartOutcome> StartAsync(string workflowId, int? version, Value input, bool waits, CancellationToken cancellation) =>
        Starter.StartChildAsync(_context, workflowId, version, input, waits, cancellation);

    /// <summary>
    /// Undoes what a completed execution of the tenant did, by an execution of its own for which this node then waits. An execution is undone
    /// only once, whoever asks.
    /// </summary>
    /// <param name="executionId">The execution.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="InvalidOperationException">The effect runs alone, outside of any execution.</exception>
    public ValueTask<UndoOutcome> UndoAsync(string executionId, CancellationToken cancellation) => Starter.UndoAsync(_context, executionId, cancellation);
}

using Millrace.Core.Executions;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Nodes;

/// <summary>A step of an effect, as its code sees it: see <see cref="EffectContext.StepAsync{T}"/>.</summary>
public sealed class EffectStep
{
    internal EffectStep(int number, string name, string idempotencyKey) => (Number, Name, IdempotencyKey) = (number, name, idempotencyKey);

    /// <summary>Its place among the steps of the node's run, from 1.</summary>
    public int Number { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>
    /// EFFECT:NAME:N, where EFFECT is the effect's own key and N counts the steps of this name from 1. The same whenever this step runs, also after a
    /// crash: what the other side can recognise a repetition by.
    /// </summary>
    public string IdempotencyKey { get; }

    /// <summary>What it spent on models; it counts in the execution's cost, and so must not be in the outcome's `meta` again.</summary>
    public Spending Usage { get; set; }
}

/// <summary>
/// A step failed. One that is not retryable is recorded like a result: the step fails the same way whenever the code comes to it again. Where the
/// code does not catch it, the attempt fails with its error.
/// </summary>
public sealed class StepFailedException : Exception
{
    /// <summary>Fails a step.</summary>
    public StepFailedException(NodeError error) : base(error.Message) => Error = error;

    /// <summary>The error with which the step failed.</summary>
    public NodeError Error { get; }
}

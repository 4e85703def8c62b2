using Millrace.Core.Graphs;

namespace Millrace.Core.Executions;

/// <summary>A step inside an effect ended.</summary>
/// <param name="Node">The node.</param>
/// <param name="Iteration">The iteration path of the node run.</param>
/// <param name="Attempt">In which attempt; one of an earlier attempt is dropped.</param>
/// <param name="Step">Which, and what it came to; another of its number is dropped.</param>
/// <param name="Duration">How long it took, in milliseconds.</param>
/// <param name="Usage">What it spent on models.</param>
public sealed record StepCompletedInput(GraphNode Node, string Iteration, int Attempt, StepRecord Step, long Duration, Spending Usage) : MachineInput;

public sealed partial class Machine
{
    // Only of the attempt that is under way. A cancel or a pause leaves it alone: what was done is done, and is recorded as the end of an effect is.
    private void CompleteStep(StepCompletedInput done)
    {
        if (UnderWay(done) is { } run && run.FindStep(done.Step.Number) is null)
            Emit(new StepCompleted(run.Node, run.Iteration, run.Attempt, done.Step, done.Duration, done.Usage));
    }

    /// <summary>What is recorded under a step's number, by this input or an earlier one; null: nothing, as its attempt is not under way any more.</summary>
    public StepRecord? Recorded(StepCompletedInput done) => UnderWay(done)?.FindStep(done.Step.Number);

    private NodeRun? UnderWay(StepCompletedInput done) =>
        !_state.Status.IsTerminal() && Current(done.Node) is { } node && _state.FindRun(node, done.Iteration) is { IsEffectRunning: true } run && run.Attempt == done.Attempt ? run : null;
}

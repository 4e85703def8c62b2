using Millrace.Core.Graphs;
using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>An attempt of an effect ended.</summary>
/// <param name="Node">The node.</param>
/// <param name="Iteration">The iteration path of the node run.</param>
/// <param name="Attempt">Which attempt; an answer to an earlier one is dropped.</param>
/// <param name="Outcome">The outcome of the attempt.</param>
public sealed record EffectFinishedInput(GraphNode Node, string Iteration, int Attempt, NodeOutcome Outcome) : MachineInput;

public sealed partial class Machine
{
    private void FinishEffect(EffectFinishedInput finished)
    {
        var run = Current(finished.Node) is { } node ? _state.FindRun(node, finished.Iteration) : null;
        if (run is not { IsEffectRunning: true } || run.Attempt != finished.Attempt)
            return;
        Settle(run.Frame, run.Node, finished.Attempt, finished.Outcome);
    }
}

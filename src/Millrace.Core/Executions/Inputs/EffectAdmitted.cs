using Millrace.Core.Graphs;

namespace Millrace.Core.Executions;

/// <summary>An effect that must not just run again after a crash may leave for the world.</summary>
/// <param name="Node">The node.</param>
/// <param name="Iteration">The iteration path of the node run.</param>
/// <param name="Attempt">The number of the attempt, from 1.</param>
public sealed record EffectAdmittedInput(GraphNode Node, string Iteration, int Attempt) : MachineInput;

public sealed partial class Machine
{
    private void Dispatch(EffectAdmittedInput admitted)
    {
        if (Current(admitted.Node) is { } node && _state.FindRun(node, admitted.Iteration) is { IsEffectRunning: true } run && run.Attempt == admitted.Attempt && !_state.IsCancelling)
            Emit(new NodeDispatched(run.Node, run.Iteration, run.Attempt));
    }
}

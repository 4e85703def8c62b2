using Millrace.Core.Graphs;

namespace Millrace.Core.Executions;

/// <summary>An effect that must not just run again after a crash may leave for the world.</summary>
/// <param name="Node">Which node's.</param>
/// <param name="Iteration">In which iteration.</param>
/// <param name="Attempt">Which attempt.</param>
public sealed record EffectAdmittedInput(GraphNode Node, string Iteration, int Attempt) : MachineInput;

public sealed partial class Machine
{
    private void Dispatch(EffectAdmittedInput admitted)
    {
        if (Current(admitted.Node) is { } node && _state.FindRun(node, admitted.Iteration) is { IsEffectRunning: true } run && run.Attempt == admitted.Attempt && !_state.IsCancelling)
            Emit(new NodeDispatched(run.Node, run.Iteration, run.Attempt));
    }
}

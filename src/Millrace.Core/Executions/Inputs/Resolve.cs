using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>Somebody says what became of an effect in doubt.</summary>
/// <param name="NodeId">The id of the node.</param>
/// <param name="Iteration">In which iteration; null: the first in doubt.</param>
/// <param name="Outcome">How it ended; null: unknown, it runs again under the same key.</param>
public sealed record ResolveInput(string NodeId, string? Iteration, NodeOutcome? Outcome) : MachineInput;

public sealed partial class Machine
{
    private void Resolve(ResolveInput resolve)
    {
        if (_state.IsCancelling || FindInDoubt(resolve) is not { } run)
            return;
        if (resolve.Outcome is { } outcome)
            Settle(run.Frame, run.Node, run.Attempt, outcome);
        else
        {
            Emit(new NodeStarted(run.Node, run.Iteration, run.Attempt, run.Input));
            StartAgain(run);
        }
    }

    private NodeRun? FindInDoubt(ResolveInput resolve)
    {
        if (_state.Graph.Find(resolve.NodeId) is not { } node)
            return null;
        var run = resolve.Iteration is { } iteration
            ? _state.FindRun(node, iteration)
            : _state.Waits.FirstOrDefault(run => run.Status == NodeStatus.InDoubt && ReferenceEquals(run.Node, node));
        return run is { Status: NodeStatus.InDoubt } ? run : null;
    }
}

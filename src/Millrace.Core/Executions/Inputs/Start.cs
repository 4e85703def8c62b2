using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>Starts the execution.</summary>
/// <param name="Start">The input and options of the execution.</param>
public sealed record StartInput(ExecutionStart Start) : MachineInput;

public sealed partial class Machine
{
    private void Begin(ExecutionStart start)
    {
        Emit(new WorkflowStarted(start));
        if (start.Origin is { } origin)
        {
            if (origin.Undoes)
                UndoOrigin(origin);
            else
                GoOnFromOrigin();
            return;
        }
        foreach (var root in _state.Graph.Root.Roots)
        {
            var entry = root.IsLoop ? root.Body!.Header! : root;
            if (entry.Type.Role == NodeRole.Start && start.StartNode is { } fired && !string.Equals(fired, entry.Id, StringComparison.Ordinal))
                Skip(_state.Root, root, SkipReason.NotReached);
            else
                _ready.Enqueue((_state.Root, root));
        }
    }

    /// <summary>What had begun and not ended there begins again here: effects, children, and waits that somebody answers by a link.</summary>
    private void GoOnFromOrigin()
    {
        foreach (var run in _state.Runs().Where(run => run.IsEffectRunning).ToList())
            Restart(run);
        foreach (var run in _state.Waits.Where(run => run.Status is NodeStatus.Waiting or NodeStatus.InDoubt).ToList())
        {
            if (IsHeld)
                return;
            if (run.Node.Logic is EffectLogic)
                Restart(run);
            else if (run is { Node.Logic: WaitLogic logic, Wait: { Kind: not (Delivery.Signal or "delay") } wait })
                WaitAgain(run, logic, wait);
        }
        FindReady();
        DeliverReceived([.. _state.Received.Keys]);
    }

    private void Restart(NodeRun run)
    {
        Emit(new NodeStarted(run.Node, run.Iteration, run.Attempt, run.Input));
        StartAgain(run);
    }

    private void WaitAgain(NodeRun run, WaitLogic logic, NodeWait wait)
    {
        var (what, outcome) = logic.Begin(Context(run.Frame, run.Node));
        Settle(run.Frame, run.Node, Math.Max(run.Attempt, 1), what is null ? outcome! : new NodeOutcome { Wait = what with { DueAt = wait.DueAt } });
    }
}

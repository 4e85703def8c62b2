using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

// Going on from another execution's past, or with another version.
public sealed partial class Machine
{
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

    private void Migrate(MigrateInput input)
    {
        var migration = Migration.Plan(_state, input.Graph, input.Mapping);
        if (migration.Verdict != MigrationVerdict.Safe)
        {
            Emit(new LogWritten(new LogLine("warn", $"It was not moved to version {input.Version}: {string.Join(' ', migration.Reasons)}"), null, ""));
            return;
        }
        var wasPaused = _state.Status == ExecutionStatus.Paused;
        Emit(new WorkflowMigrated(input.Graph, input.Version, migration.State));
        if (!wasPaused)
            FindReady();
    }

    /// <summary>A node as the state's graph has it: an effect may have begun under an earlier version.</summary>
    private GraphNode? Current(GraphNode node) =>
        node.Index < _state.Graph.Nodes.Length && ReferenceEquals(_state.Graph.Nodes[node.Index], node) ? node : _state.Graph.Find(node.Id);
}

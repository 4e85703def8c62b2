using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;

namespace Millrace.Engine.Caching;

/// <summary>Follows which bodies of one execution run for a cache, so that the commit with which one ends, however it does, lets others compute.</summary>
public sealed class ComputationTracker
{
    private readonly string _executionId;
    private Dictionary<string, NodeRun> _open;

    internal ComputationTracker(ExecutionState state)
    {
        _executionId = state.Identity.Id;
        _open = state.Seq == 0 ? [] : OpenIn(state);
    }

    /// <summary>What computes for a cache: the run of a node.</summary>
    public static string HolderOf(string executionId, string nodeId, string iteration) => $"{executionId}:{nodeId}:{iteration}";

    /// <summary>The holders that a commit ends.</summary>
    /// <param name="events">The new events of the execution.</param>
    /// <param name="stopped">The runs that it stops.</param>
    /// <param name="state">The execution after them.</param>
    internal IReadOnlyList<string> GivenUp(IReadOnlyList<ExecutionEvent> events, IReadOnlyList<NodeRun> stopped, ExecutionState state)
    {
        List<string>? ended = null;
        for (var index = 0; index < events.Count; index++)
        {
            if (events[index] is NodeEvent { Node.Logic: OnceLogic { Splits: true } } e)
            {
                if (e is NodeStarted && state.FindRun(e.Node, e.Iteration) is { } run)
                    _open[HolderOf(_executionId, e.Node.Id, e.Iteration)] = run;
                GiveUp(e.Node, e.Iteration, ref ended);
            }
            else if (events[index] is WorkflowMigrated or WorkflowStarted { Start.Origin: not null })
            {
                return Replace(OpenIn(state));
            }
        }
        if (state.Status.IsTerminal() || state.Status == ExecutionStatus.Compensating)
            return GiveUpAll(ended);
        // What is stopped with the body around it has no event of its own.
        for (var index = 0; index < stopped.Count && _open.Count > 0; index++)
            GiveUp(stopped[index].Node, stopped[index].Iteration, ref ended);
        return ended ?? (IReadOnlyList<string>)[];
    }

    private void GiveUp(GraphNode node, string iteration, ref List<string>? ended)
    {
        if (node.Logic is not OnceLogic { Splits: true })
            return;
        var holder = HolderOf(_executionId, node.Id, iteration);
        if (!_open.TryGetValue(holder, out var run) || run.Status == NodeStatus.Running)
            return;
        _open.Remove(holder);
        (ended ??= []).Add(holder);
    }

    // Undoing runs no bodies.
    private string[] GiveUpAll(List<string>? ended)
    {
        if (ended is null && _open.Count == 0)
            return [];
        string[] all = [.. ended ?? [], .. _open.Keys];
        _open.Clear();
        return all;
    }

    private string[] Replace(Dictionary<string, NodeRun> open)
    {
        string[] gone = [.. _open.Keys.Except(open.Keys, StringComparer.Ordinal)];
        _open = open;
        return gone;
    }

    private Dictionary<string, NodeRun> OpenIn(ExecutionState state) => state.Runs()
        .Where(run => run is { Node.Logic: OnceLogic { Splits: true }, Status: NodeStatus.Running })
        .ToDictionary(run => HolderOf(_executionId, run.Node.Id, run.Iteration), StringComparer.Ordinal);
}

using Millrace.Core.Executions;
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
        _open = OpenIn(state);
    }

    /// <summary>What computes for a cache: the run of a node.</summary>
    public static string HolderOf(string executionId, string nodeId, string iteration) => $"{executionId}:{nodeId}:{iteration}";

    /// <summary>The holders that a commit ends.</summary>
    /// <param name="events">Its events.</param>
    /// <param name="state">The execution after them.</param>
    internal IReadOnlyList<string> GivenUp(IReadOnlyList<ExecutionEvent> events, ExecutionState state)
    {
        for (var index = 0; index < events.Count; index++)
        {
            if (events[index] is NodeStarted { Node.Logic: OnceLogic { Splits: true } } started && state.FindRun(started.Node, started.Iteration) is { } run)
                _open[HolderOf(_executionId, started.Node.Id, started.Iteration)] = run;
            else if (events[index] is WorkflowMigrated or WorkflowStarted { Start.Origin: not null })
                return Replace(OpenIn(state));
        }
        if (_open.Count == 0)
            return [];
        // What is stopped with the body around it has no event of its own.
        string[] ended = [.. _open.Where(one => state.Status.IsTerminal() || one.Value.Status != NodeStatus.Running).Select(one => one.Key)];
        foreach (var holder in ended)
            _open.Remove(holder);
        return ended;
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

using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Waits;

/// <summary>Follows which waits of one execution the outside can end, so that each of its commits says so in the store as well.</summary>
internal sealed class WaitTracker
{
    private readonly ExecutionIdentity _execution;
    private readonly Dictionary<(GraphNode Node, string Iteration), NodeRun?> _open = [];

    public WaitTracker(ExecutionState state)
    {
        _execution = state.Identity;
        foreach (var run in state.Waits)
        {
            if (run is { Status: NodeStatus.Waiting, Wait: { } wait } && IsForOutside(wait))
                _open.Add((run.Node, run.Iteration), run);
        }
    }

    /// <summary>What a commit does to waits.</summary>
    /// <param name="events">Its events.</param>
    /// <param name="state">The execution after them.</param>
    public IReadOnlyList<WaitChange> Changes(IReadOnlyList<ExecutionEvent> events, ExecutionState state)
    {
        List<WaitChange>? changes = null;
        for (var index = 0; index < events.Count; index++)
        {
            if (events[index] is NodeWaiting waiting && IsForOutside(waiting.Wait))
            {
                (changes ??= []).Add(new WaitChange.Opened(RecordOf(waiting)));
                _open[(waiting.Node, waiting.Iteration)] = state.FindRun(waiting.Node, waiting.Iteration);
            }
            else if (_open.Count > 0 && events[index] is NodeEvent e && _open.Remove((e.Node, e.Iteration)))
                (changes ??= []).Add(EndOf(e));
        }
        if (_open.Count > 0)
            CloseStopped(ref changes);
        return changes ?? (IReadOnlyList<WaitChange>)[];
    }

    // What is stopped with its body or its execution has no event of its own.
    private void CloseStopped(ref List<WaitChange>? changes)
    {
        foreach (var ((node, iteration), run) in _open)
        {
            if (run is { Status: NodeStatus.Waiting })
                continue;
            _open.Remove((node, iteration));
            (changes ??= []).Add(new WaitChange.Closed(IdOf(node, iteration)));
        }
    }

    // Only an answer or its time ends such a wait; between two attempts it is closed, and opened by the next.
    private WaitChange EndOf(NodeEvent e)
    {
        var id = IdOf(e.Node, e.Iteration);
        return e is NodeCompleted { Port: not GraphEdge.Timeout } or NodeFailed { Error.Type: not "timeout" } ? new WaitChange.Taken(id) : new WaitChange.Closed(id);
    }

    private WaitRecord RecordOf(NodeWaiting e)
    {
        var details = e.Wait.Details;
        return new WaitRecord
        {
            Tenant = _execution.Tenant,
            Id = IdOf(e.Node, e.Iteration),
            ExecutionId = _execution.Id,
            WorkflowId = _execution.WorkflowId,
            NodeId = e.Node.Id,
            Iteration = e.Iteration,
            Kind = e.Wait.Kind,
            Title = Text(details["title"]),
            Message = Text(details["message"]),
            Assignees = details["assignees"].TryGetList(out var names) ? [.. ((IEnumerable<Value>)names).Select(name => name.AsString())] : [],
            Form = details["form"].IsNull ? default : new JsonText(details["form"].ToUtf8()),
            CreatedAt = e.Time,
            DueAt = e.Wait.DueAt,
        };
    }

    private string IdOf(GraphNode node, string iteration) => WaitAddress.Of(_execution, node.Id, iteration).Id;

    private static bool IsForOutside(NodeWait wait) => wait.Kind is NodeWait.Approval or NodeWait.Form or NodeWait.Callback;

    private static string? Text(Value value) => value.TryGetString(out var text) ? text : null;
}

using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workers;

namespace Millrace.Engine.Waits;

/// <summary>Follows which waits of one execution the outside can end, so that each of its commits says so in the store as well.</summary>
internal sealed class WaitTracker
{
    private readonly ExecutionIdentity _execution;
    private readonly QueuedTasks _tasks;
    private Dictionary<(string NodeId, string Iteration), OpenWait> _open;

    public WaitTracker(ExecutionState state, QueuedTasks tasks)
    {
        _execution = state.Identity;
        _tasks = tasks;
        _open = OpenIn(state);
    }

    /// <summary>What a commit does to waits.</summary>
    /// <param name="events">The new events of the execution.</param>
    /// <param name="stopped">The runs that it stops.</param>
    /// <param name="state">The execution after them.</param>
    public IReadOnlyList<WaitChange> Changes(IReadOnlyList<ExecutionEvent> events, IReadOnlyList<NodeRun> stopped, ExecutionState state)
    {
        List<WaitChange>? changes = null;
        var isReplaced = false;
        for (var index = 0; index < events.Count; index++)
        {
            if (events[index] is NodeWaiting waiting && IsForOutside(waiting.Wait))
                Open(waiting, state.FindRun(waiting.Node, waiting.Iteration), changes ??= []);
            else if (_open.Count > 0 && events[index] is NodeEvent e && _open.Remove((e.Node.Id, e.Iteration), out var ended))
                (changes ??= []).Add(EndOf(e, ended));
            else
                isReplaced |= events[index] is WorkflowMigrated or WorkflowStarted { Start.Origin: not null };
        }
        if (isReplaced)
            Replace(OpenIn(state), changes ??= []);
        else if (_open.Count > 0)
            CloseStopped(stopped, ref changes);
        return changes ?? (IReadOnlyList<WaitChange>)[];
    }

    private void Open(NodeWaiting waiting, NodeRun? run, List<WaitChange> changes)
    {
        var id = IdOf(waiting.Node.Id, waiting.Iteration, waiting.Wait);
        if (!IsTask(waiting.Wait))
            changes.Add(new WaitChange.Opened(RecordOf(waiting.Node.Id, waiting.Iteration, waiting.Wait, waiting.Time)));
        else if (run is { Status: NodeStatus.Waiting } && ReferenceEquals(run.Wait, waiting.Wait))
            changes.Add(new WaitChange.Queued(_tasks.Of(id, run, waiting.Time)));
        else
            // What has ended within the same commit is no work for anybody.
            return;
        _open[(waiting.Node.Id, waiting.Iteration)] = new OpenWait(id, run, TypeOf(waiting.Node, waiting.Wait));
    }

    // A fork begins with waits that it never began; in another version of the workflow a node may have another name.
    private void Replace(Dictionary<(string NodeId, string Iteration), OpenWait> open, List<WaitChange> changes)
    {
        foreach (var key in _open.Keys.Except(open.Keys))
            changes.Add(Closed(_open[key]));
        foreach (var key in open.Keys.Except(_open.Keys))
        {
            var (id, run, type) = open[key];
            changes.Add(type is null ? new WaitChange.Opened(RecordOf(key.NodeId, key.Iteration, run!.Wait!, run.StartedAt)) : new WaitChange.Queued(_tasks.Of(id, run!, run!.StartedAt)));
        }
        _open = open;
    }

    // What is stopped with its body or its execution has no event of its own.
    private void CloseStopped(IReadOnlyList<NodeRun> stopped, ref List<WaitChange>? changes)
    {
        for (var index = 0; index < stopped.Count; index++)
        {
            var key = (stopped[index].Node.Id, stopped[index].Iteration);
            // It may wait again already.
            if (!_open.TryGetValue(key, out var wait) || wait.Run is { Status: NodeStatus.Waiting })
                continue;
            _open.Remove(key);
            (changes ??= []).Add(Closed(wait));
        }
    }

    // Only an answer or its time ends such a wait; between two attempts it is closed, and opened by the next.
    private static WaitChange EndOf(NodeEvent e, OpenWait wait) =>
        wait.TaskType is null && (e is NodeCompleted { Port: not GraphEdge.Timeout } or NodeFailed { Error.Type: not "timeout" }) ? new WaitChange.Taken(wait.Id) : Closed(wait);

    private static WaitChange Closed(OpenWait wait) => wait.TaskType is { } type ? new WaitChange.Finished(wait.Id, type) : new WaitChange.Closed(wait.Id);

    private WaitRecord RecordOf(string nodeId, string iteration, NodeWait wait, DateTimeOffset since)
    {
        var details = wait.Details;
        return new WaitRecord
        {
            Tenant = _execution.Tenant,
            Id = IdOf(nodeId, iteration, wait),
            ExecutionId = _execution.Id,
            WorkflowId = _execution.WorkflowId,
            NodeId = nodeId,
            Iteration = iteration,
            Kind = wait.Kind,
            Title = Text(details["title"]),
            Message = Text(details["message"]),
            Assignees = details["assignees"].TryGetList(out var names) ? [.. ((IEnumerable<Value>)names).Select(name => name.AsString())] : [],
            Form = details["form"].IsNull ? default : new JsonText(details["form"].ToUtf8()),
            CreatedAt = since,
            DueAt = wait.DueAt,
        };
    }

    private Dictionary<(string NodeId, string Iteration), OpenWait> OpenIn(ExecutionState state)
    {
        var open = new Dictionary<(string NodeId, string Iteration), OpenWait>();
        foreach (var run in state.Waits)
        {
            if (run is { Status: NodeStatus.Waiting, Wait: { } wait } && IsForOutside(wait))
                open.Add((run.Node.Id, run.Iteration), new OpenWait(IdOf(run.Node.Id, run.Iteration, wait), run, TypeOf(run.Node, wait)));
        }
        return open;
    }

    private string IdOf(string nodeId, string iteration, NodeWait wait) => WaitAddress.Of(_execution, nodeId, iteration, wait).Id;

    private static bool IsForOutside(NodeWait wait) => wait.Kind is NodeWait.Approval or NodeWait.Form or NodeWait.Callback || IsTask(wait);

    private static bool IsTask(NodeWait wait) => string.Equals(wait.Kind, NodeWait.Task, StringComparison.Ordinal);

    private static string? TypeOf(GraphNode node, NodeWait wait) => IsTask(wait) ? WorkerTypes.KeyOf(node.Definition.Type) : null;

    private static string? Text(Value value) => value.TryGetString(out var text) ? text : null;

    /// <summary>A wait that is open.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Run">The run that waits.</param>
    /// <param name="TaskType">Where a worker ends it: the type of its task; null: somebody else does.</param>
    private readonly record struct OpenWait(string Id, NodeRun? Run, string? TaskType);
}

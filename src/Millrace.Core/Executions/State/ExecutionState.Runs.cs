using Millrace.Core.Graphs;
using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

// The runs: which there are, which are under way, and which wait.
public sealed partial class ExecutionState
{
    // Null until something waits: many executions never do.
    private SortedDictionary<long, NodeRun>? _waits;
    private readonly Dictionary<string, SortedDictionary<long, NodeRun>> _signalWaits = new(StringComparer.Ordinal);
    private DueTimes _due = new();

    /// <summary>The number of effects that are running.</summary>
    public int RunningEffects { get; private set; }

    /// <summary>Runs that wait for time, a message or a person; those with effects under way are not among them.</summary>
    public int WaitingRuns => _waits?.Count ?? 0;

    /// <summary>Runs that wait for time, a message or a person, in the order in which they began to.</summary>
    public IEnumerable<NodeRun> Waits => _waits is null ? [] : _waits.Values;

    /// <summary>Those of them that something from outside may be for, in the same order.</summary>
    internal IEnumerable<NodeRun> WaitsFor(Delivery delivery)
    {
        if (delivery.NodeId is null)
            return delivery.Name is { } name && _signalWaits.TryGetValue(name, out var waits) ? waits.Values : [];
        if (Graph.Find(delivery.NodeId) is not { } node)
            return [];
        if (delivery.Iteration is null)
            return Waits.Where(run => ReferenceEquals(run.Node, node));
        return FindRun(node, delivery.Iteration) is { IsWaiting: true } run ? [run] : [];
    }

    /// <summary>The runs so far, block by block, without those of turns and items that are over.</summary>
    public IEnumerable<NodeRun> Runs() =>
        Frames().SelectMany(frame => frame.Runs.ToArray()).OfType<NodeRun>().Where(run => !run.Node.IsLoop);

    /// <summary>The run of a node in an iteration; null where there is none.</summary>
    public NodeRun? FindRun(GraphNode node, string iteration) => FindFrame(node.Block, iteration)?.Run(node);

    /// <summary>Every frame that has not been left behind.</summary>
    internal IEnumerable<Frame> Frames() => _frames.Values.Prepend(Root);

    /// <summary>Runs whose time has come, in order.</summary>
    internal List<NodeRun> DueRuns(DateTimeOffset now) => _due.Until(now);

    private NodeRun RunOrNew(Frame frame, GraphNode node)
    {
        if (frame.Run(node) is { } known)
            return known;
        var run = new NodeRun(node, frame);
        frame.Add(run);
        if (!node.IsLoop && _runCount is { } count)
            run.Number = (_runCount = count + 1).Value;
        return run;
    }

    // A run is taken out of the counts before it changes, and put back as it is then.
    private void Forget(NodeRun run)
    {
        if (run.IsEffectRunning)
            RunningEffects--;
        if (!run.IsWaiting)
            return;
        _waits!.Remove(run.WaitSeq);
        if (SignalOf(run) is { } signal && _signalWaits[signal] is var waits && waits.Remove(run.WaitSeq) && waits.Count == 0)
            _signalWaits.Remove(signal);
    }

    private void Remember(NodeRun run)
    {
        if (run.IsEffectRunning)
            RunningEffects++;
        if (!run.IsWaiting)
            return;
        (_waits ??= []).Add(run.WaitSeq, run);
        if (run.DueAt is not null)
            _due.Add(run);
        if (SignalOf(run) is not { } signal)
            return;
        if (!_signalWaits.TryGetValue(signal, out var waits))
            _signalWaits.Add(signal, waits = []);
        waits.Add(run.WaitSeq, run);
    }

    private static string? SignalOf(NodeRun run) => run is { Status: NodeStatus.Waiting, Wait: { Kind: Delivery.Signal, Name: { } name } } ? name : null;

    private void CancelAll(DateTimeOffset time)
    {
        foreach (var run in Frames().SelectMany(frame => frame.Runs.ToArray()))
        {
            if (run is not null)
                Cancel(run, time);
        }
    }

    private void Cancel(NodeRun run, DateTimeOffset time)
    {
        if (!run.IsActive)
            return;
        Forget(run);
        run.Steps = [];
        Touch(run);
        // What is in doubt stays so: ending an execution does not tell what happened.
        if (run.Status == NodeStatus.InDoubt)
            return;
        run.Status = NodeStatus.Cancelled;
        run.CompletedAt = time;
        run.DueAt = null;
    }
}

/// <summary>What is due when. Runs that no longer are fall out when their time comes.</summary>
internal sealed class DueTimes
{
    private readonly PriorityQueue<NodeRun, (DateTimeOffset Due, long Seq)> _queue = new();

    public void Add(NodeRun run) => _queue.Enqueue(run, (run.DueAt!.Value, run.WaitSeq));

    public DateTimeOffset? Next()
    {
        while (_queue.TryPeek(out var run, out var time))
        {
            if (IsCurrent(run, time))
                return time.Due;
            _queue.Dequeue();
        }
        return null;
    }

    public List<NodeRun> Until(DateTimeOffset now)
    {
        var due = new List<NodeRun>();
        while (_queue.TryPeek(out var run, out var time) && time.Due <= now)
        {
            _queue.Dequeue();
            if (IsCurrent(run, time))
                due.Add(run);
        }
        // They stay until they are handled.
        foreach (var run in due)
            Add(run);
        return due;
    }

    private static bool IsCurrent(NodeRun run, (DateTimeOffset Due, long Seq) time) => run.DueAt == time.Due && run.WaitSeq == time.Seq;
}

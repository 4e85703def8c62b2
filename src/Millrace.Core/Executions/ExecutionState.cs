using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>
/// An execution as its events make it. <see cref="Apply"/> is the only way it changes; applying the same events gives the
/// same state, which is what recovery, time travel and the live engine all rest on.
/// </summary>
public sealed class ExecutionState
{
    private readonly Frame _root;

    /// <summary>An execution before its first event.</summary>
    public ExecutionState(ExecutionIdentity identity, CompiledGraph graph)
    {
        Identity = identity;
        Graph = graph;
        _root = new Frame(graph, "");
    }

    /// <summary>Which execution of what.</summary>
    public ExecutionIdentity Identity { get; }

    /// <summary>The graph that it runs.</summary>
    public CompiledGraph Graph { get; }

    /// <summary>Where it stands.</summary>
    public ExecutionStatus Status { get; private set; } = ExecutionStatus.Pending;

    /// <summary>The seq of its last event.</summary>
    public long Seq { get; private set; }

    /// <summary>What it was started with.</summary>
    public ExecutionStart Start { get; private set; } = new();

    /// <summary>The workflow's variables.</summary>
    public MapValue Variables { get; private set; } = MapValue.Empty;

    /// <summary>Its result, once completed.</summary>
    public Value Result { get; private set; }

    /// <summary>Its error, once failed.</summary>
    public ExecutionError? Error { get; private set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; private set; }

    /// <summary>The node that something happened to last.</summary>
    public string? CurrentStep { get; private set; }

    /// <summary>Nodes completed or skipped; never falls.</summary>
    public int CompletedNodes { get; private set; }

    /// <summary>Effects under way.</summary>
    public int RunningEffects { get; private set; }

    /// <summary>What the calls of models took so far, failed attempts included.</summary>
    public Spending Spending { get; private set; }

    /// <summary>Runs that wait for time: waits and pauses between attempts.</summary>
    public int WaitingRuns { get; private set; }

    /// <summary>Set once a cancel was asked for and effects have yet to end. Not journaled: the request stays in the inbox until it is done.</summary>
    public string? CancelReason { get; internal set; }

    /// <summary>Whether a cancel is under way.</summary>
    public bool IsCancelling { get; internal set; }

    /// <summary>When it fails by its workflow's timeout; null: never.</summary>
    public DateTimeOffset? Deadline => StartedAt + Graph.Definition.Settings.Timeout;

    internal Frame Root => _root;

    /// <summary>All runs so far, in node order.</summary>
    public IEnumerable<NodeRun> Runs()
    {
        for (var i = 0; i < Graph.Nodes.Length; i++)
        {
            if (_root.Runs[i] is { } run)
                yield return run;
        }
    }

    /// <summary>The run of a node in an iteration; null where there is none.</summary>
    public NodeRun? FindRun(GraphNode node, string iteration) => iteration.Length == 0 ? _root.Run(node) : null;

    /// <summary>The earliest time that something is due; null: nothing is.</summary>
    public DateTimeOffset? NextDue()
    {
        if (Status.IsTerminal())
            return null;
        var next = Deadline;
        if (WaitingRuns > 0)
        {
            foreach (var run in _root.Runs)
            {
                if (run?.DueAt is { } due && (next is null || due < next))
                    next = due;
            }
        }
        return next;
    }

    /// <summary>Takes the next event in.</summary>
    /// <exception cref="InvalidOperationException">The event does not follow: a bug or a damaged journal, never ignored.</exception>
    public void Apply(ExecutionEvent e)
    {
        if (e.Seq != Seq + 1)
            throw new InvalidOperationException($"Event {e.Seq} does not follow event {Seq} of execution {Identity.Id}.");
        if (Status.IsTerminal())
            throw new InvalidOperationException($"Event {e.Seq} follows the end of execution {Identity.Id}.");
        Seq = e.Seq;
        switch (e)
        {
            case WorkflowStarted started: Begin(started); break;
            case WorkflowWaiting: Status = ExecutionStatus.Waiting; break;
            case WorkflowCompleted completed: End(ExecutionStatus.Completed, e.Time); Result = completed.Result; break;
            case WorkflowFailed failed: End(ExecutionStatus.Failed, e.Time); Error = failed.Error; break;
            case WorkflowCancelled: End(ExecutionStatus.Cancelled, e.Time); break;
            case NodeEvent node: ApplyToNode(node); break;
            case VariablesChanged changed: Variables = Overlay(Variables, changed.Changes); break;
            case LogWritten: break;
            default: throw new InvalidOperationException($"Unknown event {e.GetType().Name}.");
        }
    }

    private void Begin(WorkflowStarted started)
    {
        Status = ExecutionStatus.Running;
        Start = started.Start;
        Variables = started.Start.Variables;
        StartedAt = started.Time;
    }

    private void ApplyToNode(NodeEvent e)
    {
        if (Status == ExecutionStatus.Waiting)
            Status = ExecutionStatus.Running;
        CurrentStep = e.Node.Id;
        var run = _root.RunOrNew(e.Node);
        var wasEffect = run.IsEffectRunning;
        var wasWaiting = run.DueAt is not null;
        ApplyToRun(run, e);
        Spending += Spending.Of(e);
        RunningEffects += (run.IsEffectRunning ? 1 : 0) - (wasEffect ? 1 : 0);
        WaitingRuns += (run.DueAt is not null ? 1 : 0) - (wasWaiting ? 1 : 0);
    }

    private void ApplyToRun(NodeRun run, NodeEvent e)
    {
        run.DueAt = null;
        switch (e)
        {
            case NodeStarted started:
                run.Status = NodeStatus.Running;
                run.Attempt = started.Attempt;
                run.Input = started.Input;
                run.StartedAt = e.Time;
                break;
            case NodeCompleted completed:
                Finish(run, NodeStatus.Completed, e.Time, completed.SkippedEdges);
                run.Attempt = completed.Attempt;
                run.Output = completed.Output;
                run.HasOutput = true;
                run.Port = completed.Port;
                run.Meta = completed.Meta;
                break;
            case NodeFailed failed:
                Fail(run, failed);
                break;
            case NodeSkipped skipped:
                Finish(run, NodeStatus.Skipped, e.Time, skipped.SkippedEdges);
                run.HasOutput = skipped.Reason is SkipReason.Disabled or SkipReason.BypassedByCondition;
                run.Output = skipped.Output;
                break;
            case NodeRetrying retrying:
                run.Status = NodeStatus.Retrying;
                run.Attempt = retrying.Attempt;
                run.Error = retrying.Error;
                run.DueAt = retrying.DueAt;
                break;
            case NodeWaiting waiting:
                run.Status = NodeStatus.Waiting;
                run.StartedAt = e.Time;
                run.DueAt = waiting.Wait.DueAt;
                break;
            case NodeInDoubt doubt:
                run.Status = doubt.Policy == InDoubtPolicy.Retry ? NodeStatus.Running : NodeStatus.InDoubt;
                break;
            default:
                throw new InvalidOperationException($"Unknown event {e.GetType().Name}.");
        }
    }

    private void Fail(NodeRun run, NodeFailed failed)
    {
        run.Error = failed.Error;
        run.Attempt = failed.Attempt;
        if (failed.Handling is FailureHandling.ErrorPort or FailureHandling.Continue)
        {
            Finish(run, NodeStatus.Failed, failed.Time, failed.SkippedEdges);
            run.HasOutput = true;
            run.Output = ErrorOutput(failed.Node, failed.Iteration, failed.Attempt, failed.Error);
            return;
        }
        run.Status = failed.Handling == FailureHandling.Cancelled ? NodeStatus.Cancelled : NodeStatus.Failed;
        run.CompletedAt = failed.Time;
    }

    // What a handler of the failure sees as its data.
    internal static MapValue ErrorOutput(GraphNode node, string iteration, int attempt, NodeError error) => MapValue.Of("error",
        new ExecutionError(error.Type, error.Message, node.Id, iteration, attempt, error.Details).ToValue());

    private void Finish(NodeRun run, NodeStatus status, DateTimeOffset time, System.Collections.Immutable.ImmutableArray<int> skippedEdges)
    {
        run.Status = status;
        run.CompletedAt = time;
        CompletedNodes++;
        _root.DecideOutgoing(run.Node, skippedEdges);
    }

    private void End(ExecutionStatus status, DateTimeOffset time)
    {
        Status = status;
        CurrentStep = null;
        CompletedAt = time;
        RunningEffects = 0;
        WaitingRuns = 0;
        foreach (var run in _root.Runs)
        {
            if (run is { Status: NodeStatus.Running or NodeStatus.Waiting or NodeStatus.Retrying })
            {
                run.Status = NodeStatus.Cancelled;
                run.CompletedAt = time;
                run.DueAt = null;
            }
        }
    }

    private static MapValue Overlay(MapValue variables, MapValue changes)
    {
        var builder = new MapBuilder(variables);
        foreach (var change in changes.Entries)
            builder.Set(change.Key.AsString(), change.Value);
        return builder.Build();
    }
}

/// <summary>Which execution of what.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Id">Its id.</param>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowVersion">The version of it.</param>
public sealed record ExecutionIdentity(string Tenant, string Id, string WorkflowId, int WorkflowVersion);

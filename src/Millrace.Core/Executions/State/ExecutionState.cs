using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>
/// An execution as its events make it: <see cref="Apply"/> takes the next one in, and applying the same events gives the same state, which is
/// what recovery, time travel and the live engine all rest on. Besides, three things change it that no event says. A cancel that was asked for
/// (<see cref="BeginCancel"/>) is known from the inbox until it is done. The machine opens the frame of a turn, an item or a compensation before
/// the first event in it; a fold opens the same frame when it comes to that event. And a state that is yet to be gone on with can be taken from a
/// snapshot (<see cref="Restore"/>) or prepared for a fork (<see cref="Change"/>, <see cref="Forget(RetryPoint)"/>).
/// </summary>
public sealed partial class ExecutionState
{
    private readonly RunLog? _log;

    /// <summary>An execution before its first event.</summary>
    /// <param name="identity">Which execution of what.</param>
    /// <param name="graph">The graph that it runs.</param>
    /// <param name="log">Follows its node runs; null: nobody lists them.</param>
    public ExecutionState(ExecutionIdentity identity, CompiledGraph graph, RunLog? log = null)
    {
        Identity = identity;
        Graph = graph;
        Root = new Frame(graph.Root, "");
        _log = log;
    }

    /// <summary>Which execution of what.</summary>
    public ExecutionIdentity Identity { get; private set; }

    /// <summary>The graph that it runs.</summary>
    public CompiledGraph Graph { get; private set; }

    /// <summary>The status of the execution.</summary>
    public ExecutionStatus Status { get; private set; } = ExecutionStatus.Pending;

    /// <summary>The seq of its last event.</summary>
    public long Seq { get; private set; }

    /// <summary>What it was started with.</summary>
    public ExecutionStart Start { get; private set; } = new();

    /// <summary>The workflow's variables.</summary>
    public MapValue Variables => _variables.All;

    /// <summary>Grows whenever a variable is set: to see that without asking for their values, which costs something where many nodes add to one.</summary>
    public long VariablesRevision => _variables.Revision;

    /// <summary>Its result, once completed.</summary>
    public Value Result { get; private set; }

    /// <summary>Its error, once failed or while it undoes what was done.</summary>
    public ExecutionError? Error { get; private set; }

    /// <summary>When the execution started; null until then.</summary>
    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? CompletedAt { get; private set; }

    /// <summary>The node that something happened to last.</summary>
    public string? CurrentStep { get; private set; }

    /// <summary>Nodes completed or skipped; never falls.</summary>
    public int CompletedNodes { get; private set; }

    /// <summary>What the calls of models took so far, failed attempts included.</summary>
    public Spending Spending { get; private set; }

    /// <summary>Set once a cancel was asked for and effects have yet to end. Not journaled: the request stays in the inbox until it is done.</summary>
    public string? CancelReason { get; private set; }

    /// <summary>Whether a cancel is under way.</summary>
    public bool IsCancelling { get; private set; }

    /// <summary>The execution whose id is in the idempotency keys of this one's effects.</summary>
    public string KeyId => Start.Origin?.KeyId ?? Identity.Id;

    /// <summary>When it fails by its workflow's timeout; null: never.</summary>
    public DateTimeOffset? Deadline => StartedAt + Graph.Definition.Settings.Timeout;

    /// <summary>What came from outside and was not taken by a node yet, with its seq, oldest first.</summary>
    public IReadOnlyDictionary<long, Delivery> Received => Buffered.All;

    internal BufferedDeliveries Buffered { get; } = new();

    internal Frame Root { get; private set; }

    /// <summary>Completed nodes that something can undo, in the order of their completion.</summary>
    internal List<Undo> Undoable { get; } = [];

    private readonly VariableSet _variables = new();

    /// <summary>The earliest time that something is due; null: nothing is.</summary>
    public DateTimeOffset? NextDue()
    {
        if (Status.IsTerminal() || Status == ExecutionStatus.Paused)
            return null;
        var due = _due.Next();
        return Status != ExecutionStatus.Compensating && Deadline is { } deadline && (due is null || deadline < due) ? deadline : due;
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
            case WorkflowPaused: Status = ExecutionStatus.Paused; break;
            case WorkflowResumed: Status = ExecutionStatus.Running; break;
            case WorkflowMigrated migrated: Migrate(migrated); break;
            case WorkflowCompensating compensating: BeginCompensation(compensating); break;
            case WorkflowCompleted completed: End(ExecutionStatus.Completed, e.Time); (Result, Error) = (completed.Result, null); break;
            case WorkflowFailed failed: End(ExecutionStatus.Failed, e.Time); Error = failed.Error; break;
            case WorkflowCancelled: End(ExecutionStatus.Cancelled, e.Time); break;
            case SignalReceived received: WakeUp(); Buffered.Add(e.Seq, received.Delivery); break;
            case NodeEvent node: ApplyToNode(node); break;
            case VariablesChanged changed: SetVariables(changed); break;
            case LogWritten: break;
            default: throw new InvalidOperationException($"Unknown event {e.GetType().Name}.");
        }
    }

    /// <summary>Notes that a cancel was asked for; the reason that was given first counts.</summary>
    internal void BeginCancel(string? reason)
    {
        IsCancelling = true;
        CancelReason ??= reason;
    }

    private void Begin(WorkflowStarted started)
    {
        Start = started.Start;
        _variables.Reset(started.Start.Variables);
        // A fork's own variables are in its state.
        if (!Start.State.IsNull)
        {
            TakeOver(Start.State, Seq, within: Seq);
            // It is taken over; a snapshot of this one has it all.
            Start = Start with { State = Value.Null };
        }
        if (Status != ExecutionStatus.Compensating)
            Status = ExecutionStatus.Running;
        StartedAt = started.Time;
    }

    private void Migrate(WorkflowMigrated migrated)
    {
        Graph = migrated.Graph;
        Identity = Identity with { WorkflowVersion = migrated.Version };
        TakeOver(migrated.State, seq: null, within: migrated.Seq);
        Seq = migrated.Seq;
    }

    private void WakeUp()
    {
        if (Status == ExecutionStatus.Waiting)
            Status = ExecutionStatus.Running;
    }

    private void ApplyToNode(NodeEvent e)
    {
        WakeUp();
        CurrentStep = e.Node.Id;
        if (e.Signal != 0 && !Buffered.Remove(e.Signal))
            throw new InvalidOperationException($"Event {e.Seq} takes the signal {e.Signal}, which is not there.");
        var run = RunOrNew(FrameOf(e.Node, e.Iteration), e.Node);
        Forget(run);
        Touch(run);
        ApplyToRun(run, e);
        Remember(run);
        Spending += Spending.Of(e);
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
                run.Error = null;
                run.Places = run.Places with { Input = e.Seq, Error = 0 };
                run.IsDispatched = false;
                BeginBody(run);
                break;
            case NodeDispatched:
                run.IsDispatched = true;
                break;
            case NodeCompleted completed:
                run.Attempt = completed.Attempt;
                run.Output = completed.Output;
                run.HasOutput = true;
                run.Port = completed.Port;
                run.Meta = completed.Meta;
                run.Error = null;
                run.Places = run.Places with { Output = e.Seq, Error = 0 };
                NoteUndo(run);
                Finish(run, NodeStatus.Completed, e.Time, completed.SkippedEdges);
                break;
            case NodeFailed failed:
                Fail(run, failed);
                break;
            case NodeSkipped skipped:
                run.HasOutput = skipped.Reason is SkipReason.Disabled or SkipReason.BypassedByCondition;
                run.Output = skipped.Output;
                run.Places = run.Places with { Output = e.Seq };
                Finish(run, run.IsActive ? NodeStatus.Cancelled : NodeStatus.Skipped, e.Time, skipped.SkippedEdges);
                break;
            case NodeRetrying retrying:
                run.Status = NodeStatus.Retrying;
                run.Attempt = retrying.Attempt;
                run.Error = retrying.Error;
                run.Places = run.Places.Failed(e.Seq);
                run.DueAt = retrying.DueAt;
                run.WaitSeq = e.Seq;
                break;
            case NodeWaiting waiting:
                // An effect has begun with an event of its own; for a wait, this is it, except where a fork has it wait again.
                if (run.Node.Logic is not EffectLogic)
                {
                    run.StartedAt = e.Time;
                    run.Attempt += run.Status == NodeStatus.Waiting ? 0 : 1;
                }
                run.Status = NodeStatus.Waiting;
                run.Wait = waiting.Wait;
                run.DueAt = waiting.Wait.DueAt;
                run.Places = run.Places with { Wait = e.Seq };
                run.WaitSeq = e.Seq;
                break;
            case StepCompleted step:
                if (!run.IsEffectRunning || run.FindStep(step.Step.Number) is not null)
                    throw new InvalidOperationException($"Event {e.Seq} is of step {step.Step.Number} of node '{e.Node.Id}', which does not run or has that step already.");
                run.Steps = run.Steps.Add(step.Step);
                break;
            case NodeInDoubt doubt:
                run.Status = doubt.Policy == InDoubtPolicy.Retry ? NodeStatus.Running : NodeStatus.InDoubt;
                run.WaitSeq = e.Seq;
                break;
            default:
                throw new InvalidOperationException($"Unknown event {e.GetType().Name}.");
        }
    }

    private void Fail(NodeRun run, NodeFailed failed)
    {
        run.Error = failed.Error;
        run.Attempt = failed.Attempt;
        run.Steps = [];
        run.Places = run.Places.Failed(failed.Seq);
        if (failed.Handling is FailureHandling.ErrorPort or FailureHandling.Continue)
        {
            run.HasOutput = true;
            run.Output = ErrorOutput(failed.Node, failed.Iteration, failed.Attempt, failed.Error);
            run.Places = run.Places with { Output = failed.Seq };
            Finish(run, NodeStatus.Failed, failed.Time, failed.SkippedEdges);
            return;
        }
        run.Status = failed.Handling == FailureHandling.Cancelled ? NodeStatus.Cancelled : NodeStatus.Failed;
        run.CompletedAt = failed.Time;
        EndBody(run, failed.Time);
        if (failed.Handling == FailureHandling.Body)
            FailBody(run.Frame, failed);
    }

    // What a handler of the failure sees as its data.
    internal static MapValue ErrorOutput(GraphNode node, string iteration, int attempt, NodeError error) => MapValue.Of("error",
        new ExecutionError(error.Type, error.Message, node.Id, iteration, attempt, error.Details).ToValue());

    private void Finish(NodeRun run, NodeStatus status, DateTimeOffset time, System.Collections.Immutable.ImmutableArray<int> skippedEdges)
    {
        run.Status = status;
        run.CompletedAt = time;
        run.Steps = [];
        EndBody(run, time);
        var frame = run.Frame;
        if (ReferenceEquals(frame, Root))
            CompletedNodes++;
        frame.End(run.Node, skippedEdges);
        if (frame.Open == 0)
            Close(frame);
    }

    private void End(ExecutionStatus status, DateTimeOffset time)
    {
        Status = status;
        CurrentStep = null;
        CompletedAt = time;
        Buffered.Clear();
        CancelAll(time);
    }

    private void SetVariables(VariablesChanged changed)
    {
        foreach (var part in changed.Parts.Entries)
        {
            var node = Graph.Find(changed.NodeId ?? "") ?? throw new InvalidOperationException($"Event {changed.Seq} is of a node '{changed.NodeId}', which is not there.");
            _variables.Add(part.Key.AsString(), new VariableWrite(node, changed.Iteration, changed.Merge, part.Value));
        }
        foreach (var added in changed.Added.Entries)
            _variables.Append(added.Key.AsString(), changed.Merge, added.Value);
        _variables.Set(changed.Changes);
    }

    /// <summary>The workflow's variables for whoever only looks at some of them.</summary>
    internal VariableSet VariableSet => _variables;
}

/// <summary>Which execution of what.</summary>
/// <param name="Tenant">The tenant that owns it.</param>
/// <param name="Id">Its id.</param>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowVersion">The version of it.</param>
public sealed record ExecutionIdentity(string Tenant, string Id, string WorkflowId, int WorkflowVersion);

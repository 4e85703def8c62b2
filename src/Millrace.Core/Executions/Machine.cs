using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>
/// The heart: takes one input and decides what happens. Every decision is an event, applied to the state as it is made and
/// handed to the caller to be journaled; effects are handed over to be started once those events are durable.
/// Pure: the same state and input give the same events and effects.
/// </summary>
public sealed partial class Machine
{
    // A loop of pure nodes could fill the memory before anything of it is durable.
    private const int MostEventsAtOnce = 2_000;

    private readonly ExecutionState _state;
    private readonly Queue<(Frame Frame, GraphNode Node)> _ready = new();
    private readonly List<ExecutionEvent> _events = [];
    private readonly List<EffectStart> _effects = [];
    private readonly List<NodeRun> _stopped = [];
    private readonly List<OutgoingMessage> _messages = [];
    private readonly NodeScope _scope;
    private readonly NodeContext _context;
    private DateTimeOffset _now;
    private long _signal;
    private bool _isRecovering;

    /// <summary>A machine for one execution. Without a source of links, nodes have none.</summary>
    public Machine(ExecutionState state, ILinkSource? links = null)
    {
        _state = state;
        _scope = new NodeScope(state, links);
        _context = new NodeContext(_scope);
    }

    /// <summary>The events decided since the last <see cref="Clear"/>, in order; already applied to the state.</summary>
    public IReadOnlyList<ExecutionEvent> Events => _events;

    /// <summary>The effects to start once those events are durable.</summary>
    public IReadOnlyList<EffectStart> Effects => _effects;

    /// <summary>Runs that nobody waits for any more, whether their effects are under way or they wait: they have no event of their own. Effects are to be told to end.</summary>
    public IReadOnlyList<NodeRun> Stopped => _stopped;

    /// <summary>Messages for other executions, to be stored with the events.</summary>
    public IReadOnlyList<OutgoingMessage> Messages => _messages;

    /// <summary>Whether there is more to do at once, when what was decided so far is durable: <see cref="ContinueInput"/>.</summary>
    public bool IsUnfinished => _ready.Count > 0;

    /// <summary>Forgets what was decided, once it was taken over.</summary>
    public void Clear()
    {
        _events.Clear();
        _effects.Clear();
        _stopped.Clear();
        _messages.Clear();
    }

    /// <summary>Handles one input.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">The time to record for it.</param>
    public void Handle(MachineInput input, DateTimeOffset now)
    {
        if (_state.Status.IsTerminal())
            return;
        _now = now;
        _scope.Now = now;
        switch (input)
        {
            case StartInput start: Begin(start.Start); break;
            case ContinueInput: break;
            case EffectFinishedInput finished: FinishEffect(finished); break;
            case EffectAdmittedInput admitted: Dispatch(admitted); break;
            case StepCompletedInput step: CompleteStep(step); break;
            case TimePassedInput: DoWhatIsDue(); break;
            case DeliveryInput delivery: Deliver(delivery.Delivery); break;
            case CancelInput cancel: _state.BeginCancel(cancel.Reason); break;
            case CancelGraceOverInput: CancelNow(); break;
            case PauseInput pause: Pause(pause.Reason); break;
            case ResumeInput: Resume(); break;
            case ResolveInput resolve: Resolve(resolve); break;
            case RecoveredInput: Recover(); break;
            case MigrateInput migrate: Migrate(migrate); break;
            default: throw new InvalidOperationException($"Unknown input {input.GetType().Name}.");
        }
        Advance();
    }

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

    /// <summary>Runs what is ready until nothing is, then says what that means for the whole execution.</summary>
    private void Advance()
    {
        while (!IsHeld && _ready.TryPeek(out var next))
        {
            if (_events.Count >= MostEventsAtOnce)
                return;
            _ready.Dequeue();
            // A body may have been stopped before all that was to begin in it had.
            if (_state.FindFrame(next.Frame.Block, next.Frame.Iteration) == next.Frame)
                Enter(next.Frame, next.Node);
        }
        _ready.Clear();
        if (_state.Status.IsTerminal() || _state.RunningEffects > 0)
            return;
        if (_state.IsCancelling)
            Emit(new WorkflowCancelled(_state.CancelReason));
        else if (_state.Status == ExecutionStatus.Paused)
            return;
        else if (_state.WaitingRuns > 0)
            Wait();
        else if (_state.Status != ExecutionStatus.Compensating)
            Emit(new WorkflowCompleted(ExecutionResult.Of(_state.Root)));
    }

    // Nothing new begins.
    private bool IsHeld => _state.Status.IsTerminal() || _state.IsCancelling || _state.Status == ExecutionStatus.Paused;

    private void Wait()
    {
        if (_state.Status == ExecutionStatus.Running)
            Emit(new WorkflowWaiting(_state.NextDue()));
    }

    private void DoWhatIsDue()
    {
        if (IsHeld)
            return;
        if (_state.Deadline <= _now && _state.Status != ExecutionStatus.Compensating)
        {
            var limit = _state.Graph.Definition.Settings.Timeout!.Value;
            Emit(new WorkflowFailed(new ExecutionError("timeout", $"The execution took longer than its workflow's timeout of {Durations.ToIso(limit)}.")));
            return;
        }
        foreach (var run in _state.DueRuns(_now))
        {
            if (IsHeld)
                return;
            // What was handled before may have ended it.
            if (run.DueAt is null || run.DueAt > _now || !run.IsWaiting)
                continue;
            if (run.Status == NodeStatus.Retrying)
                Run(run.Frame, run.Node, run.Attempt + 1, Context(run.Frame, run.Node));
            else
                Settle(run.Frame, run.Node, Math.Max(run.Attempt, 1), OnDue(run));
        }
    }

    private NodeOutcome OnDue(NodeRun run)
    {
        if (run.Node.Logic is WaitLogic wait)
            return wait.OnDue(Context(run.Frame, run.Node));
        Stop(run);
        return NodeOutcome.Failed("timeout", $"Node '{run.Node.Id}' timed out waiting for an answer.", retryable: true);
    }

    private void CancelNow()
    {
        if (!_state.IsCancelling)
            return;
        foreach (var run in _state.Runs().Where(run => run.IsEffectRunning).ToList())
            Emit(new NodeInDoubt(run.Node, run.Iteration, InDoubtPolicy.Ask));
    }

    private void Pause(string? reason)
    {
        if (_state.Status is ExecutionStatus.Running or ExecutionStatus.Waiting && !_state.IsCancelling)
            Emit(new WorkflowPaused(reason));
    }

    private void Resume()
    {
        if (_state.Status != ExecutionStatus.Paused)
            return;
        Emit(new WorkflowResumed());
        FindReady();
        DeliverReceived([.. _state.Received.Keys]);
        if (_isRecovering)
            SettleEffectsInDoubt();
        DoWhatIsDue();
    }

    private void Recover()
    {
        _isRecovering = true;
        if (_state.Status == ExecutionStatus.Paused)
            return;
        FindReady();
        SettleEffectsInDoubt();
    }

    /// <summary>Finds what can run by looking at everything: after a pause, or where a process stopped in the middle of a long turn.</summary>
    private void FindReady()
    {
        if (_state.Status == ExecutionStatus.Compensating)
        {
            if (_state.RunningEffects == 0 && _state.WaitingRuns == 0)
                Undo();
            return;
        }
        foreach (var frame in _state.Frames().ToList())
        {
            foreach (var node in frame.Block.Nodes)
            {
                // What a body comes to may end the execution, or the frame.
                if (IsHeld || _state.FindFrame(frame.Block, frame.Iteration) != frame)
                    break;
                if (frame.Run(node) is { Body: not null } run)
                    GoOnWithBody(run);
                else if (frame.ReadinessOf(node) is Readiness.Ready or Readiness.Unreachable or Readiness.TooFew)
                    _ready.Enqueue((frame, node));
            }
        }
    }

    private void SettleEffectsInDoubt()
    {
        _isRecovering = false;
        foreach (var run in _state.Runs().Where(run => run.IsEffectRunning).ToList())
        {
            if (_state.Status.IsTerminal())
                return;
            if (run.IsEffectRunning)
                SettleEffectInDoubt(run);
        }
    }

    private void SettleEffectInDoubt(NodeRun run)
    {
        var policy = _state.IsCancelling ? InDoubtPolicy.Ask : run.Node.Definition.InDoubt ?? InDoubtPolicy.Retry;
        if (policy != InDoubtPolicy.Retry && !run.IsDispatched && !_state.IsCancelling)
        {
            // It never left: nothing is in doubt.
            StartAgain(run);
            return;
        }
        Emit(new NodeInDoubt(run.Node, run.Iteration, policy));
        if (policy == InDoubtPolicy.Retry)
            StartAgain(run);
        else if (policy == InDoubtPolicy.Fail)
            Fail(run.Frame, run.Node, run.Attempt, new NodeError("inDoubt", $"It is unknown whether the effect of node '{run.Node.Id}' happened before a restart."));
    }

    private void StartAgain(NodeRun run) => StartEffect(run, Context(run.Frame, run.Node).Data);

    private void StartEffect(NodeRun run, Value data) =>
        _effects.Add(new EffectStart(run.Node, run.Iteration, run.Attempt, run.Generation, run.Input, data) { Steps = run.Steps });

    private void Dispatch(EffectAdmittedInput admitted)
    {
        if (Current(admitted.Node) is { } node && _state.FindRun(node, admitted.Iteration) is { IsEffectRunning: true } run && run.Attempt == admitted.Attempt && !_state.IsCancelling)
            Emit(new NodeDispatched(run.Node, run.Iteration, run.Attempt));
    }

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

    /// <summary>What arrived at a node that runs or waits.</summary>
    public Value DataOf(NodeRun run) => Context(run.Frame, run.Node).Data;

    private NodeContext Context(Frame frame, GraphNode node)
    {
        _scope.Enter(frame, node);
        _context.Data = _scope.Data;
        _context.Input = _state.Start.Input;
        _context.Arrivals = node.Type.Role == NodeRole.Join ? _scope.Arrivals(node) : [];
        _context.Given = _state.Start.Inputs.TryGet(node.Id, out var given) ? given : (Value?)null;
        _context.Variables = _state.VariableSet.View;
        _context.Link = _scope.LinkTo(node);
        _context.Now = _now;
        return _context;
    }

    private void Emit(ExecutionEvent e)
    {
        e.Seq = _state.Seq + 1;
        e.Time = _now;
        if (e is NodeEvent node)
            (node.Signal, _signal) = (_signal, 0);
        else if (e is WorkflowCompleted or WorkflowFailed or WorkflowCancelled or WorkflowCompensating)
            Farewell(e);
        _state.Apply(e);
        _events.Add(e);
    }
}

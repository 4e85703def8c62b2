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
    private const int MaxEventsAtOnce = 2_000;

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

    /// <summary>Decides on one input: collects the events and effects that follow from it.</summary>
    /// <param name="input">The input to decide on.</param>
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

    /// <summary>Runs what is ready until nothing is, then says what that means for the whole execution.</summary>
    private void Advance()
    {
        while (!IsHeld && _ready.TryPeek(out var next))
        {
            if (_events.Count >= MaxEventsAtOnce)
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
            Complete();
    }

    // Nothing new begins.
    private bool IsHeld => _state.Status.IsTerminal() || _state.IsCancelling || _state.Status == ExecutionStatus.Paused;

    private void Wait()
    {
        if (_state.Status == ExecutionStatus.Running)
            Emit(new WorkflowWaiting(_state.NextDue()));
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
            NotifyOthers(e);
        if (e is WorkflowEnded ended)
            ended.Unread = Unread();
        _state.Apply(e);
        _events.Add(e);
    }
}

using System.Collections.Concurrent;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Caching;
using Millrace.Engine.Effects;
using Millrace.Engine.History;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Waits;
using Millrace.Engine.Workers;

namespace Millrace.Engine.Runtime;

/// <summary>
/// One live execution. What it is handed is handled in its turns, one thing at a time, on whatever thread the scheduler gives; while a
/// commit is under way all waits, and is then handled together. Effects start only when the commit that holds their intent is durable.
/// </summary>
internal sealed partial class Mailbox : IThreadPoolWorkItem, IEffectOwner, ICommitListener
{
    private readonly LiveExecutions _host;
    private readonly ExecutionState _state;
    private readonly Machine _machine;
    private readonly WaitTracker _waits;
    private readonly ComputationTracker _computations;
    private readonly ExecutionValues _values;
    private readonly RunProjection? _runs;
    // Made with the first: executions without effects mostly end without one.
    private ConcurrentQueue<MailboxInput>? _inputs;
    // Made with the first: many executions have no effects.
    private MailboxEffects? _effects;
    private bool _hasBegun;
    private volatile bool _isLetGo;
    private volatile bool _isGone;
    private int _scheduled;

    public Mailbox(LiveExecutions host, ExecutionState state, ExecutionRecord record, ExecutionValues values, RunProjection? runs)
    {
        _settledBefore = host.Committer.LastMessage;
        _host = host;
        _state = state;
        _record = record;
        _values = values;
        _runs = runs;
        _committedSeq = record.Seq;
        _storedSignals = state.Received.Count;
        _snapshotSeq = state.SnapshotSeq;
        _machine = new Machine(state, host.Links);
        _waits = new WaitTracker(state, new QueuedTasks(_machine, state, values, record.Priority));
        _computations = new ComputationTracker(state);
    }

    /// <summary>Which execution of what.</summary>
    public ExecutionIdentity Identity => _state.Identity;

    /// <inheritdoc/>
    public bool IsStored => true;

    /// <inheritdoc/>
    public long? Epoch => _host.Epoch;

    /// <inheritdoc/>
    public WorkflowSettings Settings => _state.Graph.Definition.Settings;

    /// <inheritdoc/>
    public int Depth => ((Value)_state.Start.Trigger)["depth"].TryGetInt(out var depth) ? (int)depth : 0;

    /// <inheritdoc/>
    public string KeyId => _state.KeyId;

    /// <summary>Whether it has decided to leave the execution to the store, even if it does not know yet that it has.</summary>
    public bool IsLeaving => _isLetGo || _isGone;

    /// <summary>Whether the execution is no longer this mailbox's.</summary>
    public bool IsGone => _isGone;

    /// <summary>Whether it has something to handle, or waits until something that it has decided is durable.</summary>
    public bool IsBusy => Volatile.Read(ref _scheduled) != 0 || _commit.IsOpen;

    /// <summary>Hands an input over. False: this mailbox has let go of the execution meanwhile, and may or may not have seen it.</summary>
    public bool Post(MailboxInput input)
    {
        Inputs.Enqueue(input);
        ScheduleOnce();
        return !_isGone;
    }

    /// <summary>Asks the mailbox to stop without recording anything; what it holds is picked up at the next start.</summary>
    public void Stop() => Post(StopRequested.Instance);

    /// <inheritdoc/>
    public void EffectFinished(RunningEffect effect, NodeOutcome outcome) =>
        Post(new EffectEnded(effect, new EffectFinishedInput(effect.Start.Node, effect.Start.Iteration, effect.Start.Attempt, outcome)));

    /// <inheritdoc/>
    public void EffectAdmitted(RunningEffect effect)
    {
        if (!Post(new EffectLeaves(effect)))
            effect.GiveUp();
    }

    /// <inheritdoc/>
    public void StepEnded(StepRecording recording)
    {
        if (!Post(new StepEnded(recording)))
            recording.Refuse();
    }

    void IThreadPoolWorkItem.Execute()
    {
        TakeTurn();
        Leave();
    }

    private bool HasWork => !_isGone && (_commit.IsOpen ? _commit.IsSettled : HasInputs || _machine.IsUnfinished);

    private bool HasInputs => Volatile.Read(ref _inputs) is { IsEmpty: false };

    private ConcurrentQueue<MailboxInput> Inputs =>
        Volatile.Read(ref _inputs) ?? Interlocked.CompareExchange(ref _inputs, new(), null) ?? _inputs;

    private MailboxEffects Effects => _effects ??= new MailboxEffects(this, _host, _machine, _state);

    private void ScheduleOnce()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            _host.Scheduler.Schedule(this);
    }

    // Work that came after the last look, but before the flag was cleared, found it set.
    private void Leave()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        if (HasWork)
            ScheduleOnce();
    }

    private void TakeTurn()
    {
        while (!_isGone)
        {
            if (_commit.IsOpen && !_commit.IsSettled)
                return;
            if (_commit.IsOpen)
                FinishCommit();
            else if (!HandleInputs())
                return;
            else if (!_isGone)
                Commit();
        }
    }

    private bool HandleInputs()
    {
        var any = false;
        if (_machine.IsUnfinished)
        {
            any = true;
            _machine.Handle(ContinueInput.Instance, _host.Now());
        }
        while (!_isGone && !_machine.IsUnfinished && Volatile.Read(ref _inputs) is { } inputs && inputs.TryDequeue(out var input))
        {
            any = true;
            Handle(input);
        }
        return any;
    }

    private void Handle(MailboxInput input)
    {
        switch (input)
        {
            case ExecutionBegins begins: Begin(begins.Input); break;
            case EffectEnded ended: Effects.Ended(ended.Effect, ended.Input); break;
            case StepEnded step: Effects.Record(step.Recording); break;
            case EffectLeaves leaves: Effects.LetLeave(leaves.Effect); break;
            case TimerFired: DoWhatIsDue(); break;
            case StopRequested: Abandon(); break;
            case InboxRead: Interlocked.Decrement(ref _readings); break;
            case MessageArrived arrived: LetIn(arrived); break;
            case MessageRead read: GoOnReading(read.Arrived); break;
        }
    }

    private void Begin(MachineInput first)
    {
        _machine.Handle(first, _host.Now());
        _hasBegun = true;
        while (!_isGone && _messages is { } messages && messages.TryTakeEarly(out var message))
            TakeIn(message);
    }

    // The execution is no longer this mailbox's: its effects are stopped, and how they end is not recorded.
    private void Abandon()
    {
        _isGone = true;
        _timer?.Dispose();
        _effects?.Abandon();
    }
}

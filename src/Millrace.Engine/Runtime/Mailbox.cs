using System.Collections.Concurrent;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
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
/// One live execution. Inputs are handled one at a time, on whatever thread the scheduler gives; while a commit is under way
/// they wait, and are then handled together. Effects start only when the commit that holds their intent is durable.
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
    // The text of the events that are being committed, and what holds it.
    private ReadOnlyMemory<byte> _journaled;
    private byte[]? _journal;
    // Where in that text the events are; empty if nobody followed anything when it was written.
    private readonly List<EventMark> _marks = [];
    // What came before the first turn. A cancel is not among it: it keeps effects from being started, or started again.
    private readonly Queue<MessageArrived> _ahead = new();
    private readonly long _settledBefore;
    private ExecutionRecord _record;
    private MessageTracker? _messages;
    private long _storedVariables;
    private Spending _storedSpending;
    private int _storedSignals;
    private long _snapshotSeq;
    private ITimer? _timer;
    private DateTimeOffset? _timerDue;
    private DateTimeOffset? _graceEnds;
    private Mutation? _commit;
    private CommitResult? _result;
    // Who waits for the execution to be created.
    private CommitAnswer? _created;
    private long _committedSeq;
    private bool _hasBegun;
    private volatile bool _isLetGo;
    // Something was due in this turn: what came before that, and was acknowledged, is to be handled first.
    private bool _hasTimePassed;
    private volatile bool _isGone;
    private Exception? _failure;
    private volatile bool _isSettled;
    private int _scheduled;
    // How many reads of the inbox are under way, or have brought messages that were not all handled.
    private int _readings;

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

    /// <summary>The write that creates the execution; null where it existed already. Asked for once, by whoever starts it.</summary>
    public CreateExecution? Creation { get; private set; }

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

    /// <summary>Hands an input over. False: this mailbox has let go of the execution meanwhile, and may or may not have seen it.</summary>
    public bool Post(MailboxInput input)
    {
        Inputs.Enqueue(input);
        ScheduleOnce();
        return !_isGone;
    }

    /// <summary>Says that its inbox is about to be read, and what is there handed over, from the oldest on.</summary>
    public void BeginReading() => Interlocked.Increment(ref _readings);

    /// <summary>Says that all was handed over which that read has brought.</summary>
    public void EndReading(bool hasPosted)
    {
        // Not before what was handed over is handled.
        if (hasPosted)
            Post(InboxRead.Instance);
        else
            Interlocked.Decrement(ref _readings);
    }

    /// <summary>Begins a new execution: decides its first steps and submits them in the commit that creates it.</summary>
    public async Task<CommitResult> CreateAsync(ExecutionStart start, Admission? admission, IdempotencyKey? idempotency)
    {
        // Nobody else knows this mailbox yet, so that this needs no turn; the flag keeps everyone out until the commit is on its way.
        _scheduled = 1;
        _machine.Handle(new StartInput(start), _host.Now());
        _hasBegun = true;
        _isLetGo = _state.Status.IsTerminal() || CanSleep();
        _record = RecordNow();
        Creation = Creating(admission, idempotency);
        // Nothing can have been taken yet: only what began is noted.
        _computations.GivenUp(_machine.Events, _machine.Stopped, _state);
        var created = _created = new CommitAnswer();
        Submit(Creation);
        Leave();
        try
        {
            return await created.Task;
        }
        finally
        {
            // Whoever starts an execution goes on here in any case: to take the turn on the same thread saves a change of threads.
            if (created.HasTurn)
                ((IThreadPoolWorkItem)this).Execute();
        }
    }

    /// <summary>Asks the mailbox to stop without recording anything; what it holds is picked up at the next start.</summary>
    public void Stop() => Post(StopRequested.Instance);

    // The execution is no longer this mailbox's: its effects are stopped, and how they end is not recorded.
    /// <summary>Whether it has decided to leave the execution to the store, even if it does not know yet that it has.</summary>
    public bool IsLeaving => _isLetGo || _isGone;

    private void Abandon()
    {
        _isGone = true;
        _timer?.Dispose();
        AbandonEffects();
    }

    void IThreadPoolWorkItem.Execute()
    {
        TakeTurn();
        Leave();
    }

    private bool HasWork => !_isGone && (_commit is null ? HasInputs || _machine.IsUnfinished : _isSettled);

    private bool HasInputs => Volatile.Read(ref _inputs) is { IsEmpty: false };

    private ConcurrentQueue<MailboxInput> Inputs =>
        Volatile.Read(ref _inputs) ?? Interlocked.CompareExchange(ref _inputs, new(), null) ?? _inputs;

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

    void ICommitListener.Settled(CommitResult? result, StoreException? failure)
    {
        var created = _created;
        _created = null;
        // Before anybody can claim it: this mailbox must not be found any more.
        if (failure is null && result is CommitResult.Throttled)
            _host.Throttled(this);
        (_result, _failure) = (result, failure);
        _isSettled = true;
        if (created is null)
        {
            ScheduleOnce();
            return;
        }
        created.HasTurn = Interlocked.Exchange(ref _scheduled, 1) == 0;
        created.Settled(result, failure);
    }

    private void TakeTurn()
    {
        while (!_isGone)
        {
            if (_commit is not null && !_isSettled)
                return;
            if (_commit is not null)
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
            case MachineTurn turn:
                _machine.Handle(turn.Input, _host.Now());
                _hasBegun = true;
                while (!_isGone && _ahead.TryDequeue(out var message))
                    TakeIn(message);
                break;
            case EffectEnded ended:
                _effects.Remove(ended.Effect);
                _machine.Handle(ended.Input, _host.Now());
                break;
            case StepEnded step: RecordStep(step.Recording); break;
            case EffectLeaves leaves: LetLeave(leaves.Effect); break;
            case TimerFired: DoWhatIsDue(); break;
            case StopRequested: Abandon(); break;
            case InboxRead: Interlocked.Decrement(ref _readings); break;
            case MessageArrived arrived when IsLate(arrived): break;
            case MessageArrived arrived when (_messages ??= new(_settledBefore)).IsNew(arrived.Message, arrived.IsRead): TakeIn(arrived); break;
        }
    }

    // What has ended or is being ended takes nothing more in; what was acknowledged stays in the inbox to be seen.
    private bool IsLate(MessageArrived arrived) => arrived.Message.Kind is not MachineMessages.Cancel && (_state.Status.IsTerminal() || _state.IsCancelling);

    private void TakeIn(MessageArrived arrived)
    {
        if (!_hasBegun && arrived.Message.Kind is not MachineMessages.Cancel)
            _ahead.Enqueue(arrived);
        else if (!IsLate(arrived))
            HandleMessage(arrived);
    }

    private void DoWhatIsDue()
    {
        _timerDue = null;
        var now = _host.Now();
        if (_graceEnds <= now)
            _machine.Handle(CancelGraceOverInput.Instance, now);
        var before = _machine.Events.Count;
        _machine.Handle(TimePassedInput.Instance, now);
        _hasTimePassed |= _machine.Events.Count > before && !_state.IsCancelling;
    }

    private void HandleMessage(MessageArrived arrived)
    {
        var message = arrived.Message;
        _messages!.Handled(message);
        if (arrived.Failure is { } failure)
        {
            // Whoever takes the execution in again says so, if it is still so.
            Abandon();
            _host.Lost(this, outcome: null, isNew: false, failure);
            return;
        }
        if (arrived.Values is { } values)
            _values.Learn(values);
        if (MachineMessages.Read(message, arrived.Graph, arrived.Payload) is not { } input)
            return;
        _machine.Handle(input, _host.Now());
        if (input is not CancelInput || _state.Status.IsTerminal())
            return;
        // A cancel stays in the inbox until the execution has ended, so that a crash cannot forget it.
        _messages!.Keep(message);
        _graceEnds ??= _host.Now() + _host.Options.CancelGrace;
        CancelEffects();
    }

    private void Commit()
    {
        if (_machine.Events.Count == 0 && _messages is not { HasHandled: true } && !CanSleep())
        {
            // What never left before a crash starts again as it was recorded: there is nothing new to make durable first.
            GoOn();
            _machine.Clear();
            return;
        }
        _isLetGo = _state.Status.IsTerminal() || CanSleep();
        KeepBack();
        Submit(Advance());
        _hasTimePassed = false;
    }

    // Only a wait worth the reload is spent in the store; the rest would cost more than it saves.
    private bool CanSleep() => _hasBegun && IsIdle && !_machine.IsUnfinished && _machine.Effects.Count == 0 && _effects.Count == 0 && !_state.IsCancelling
        && (_state.NextDue() is not { } due || due - _host.Now() > _host.Options.ResidentWait);

    // What is being undone may wait as well, for a child or a person.
    private bool IsIdle => _state.Status is ExecutionStatus.Waiting or ExecutionStatus.Paused || (_state.Status == ExecutionStatus.Compensating && _state.WaitingRuns > 0);

    private void Submit(Mutation mutation)
    {
        _commit = mutation;
        _isSettled = false;
        _host.Options.Reached?.Invoke(CrashPoint.CommitDecided);
        if (_values.HasPending)
            StoreAndSubmitAsync(mutation).RunOn(_host.Logger, Identity.Id);
        else
            _host.Committer.Submit(mutation, this);
    }

    // What is large is durable before the commit that refers to it. Until that has settled, this mailbox handles nothing.
    private async Task StoreAndSubmitAsync(Mutation mutation)
    {
        StoreException? failure = null;
        try
        {
            await _values.StoreAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            failure = e as StoreException ?? new StoreException($"A large value could not be stored: {e.Message}", rolledBack: true, e);
        }
        if (failure is null)
            _host.Committer.Submit(mutation, this);
        else
            ((ICommitListener)this).Settled(result: null, failure);
    }

    private void FinishCommit()
    {
        var (commit, result) = (_commit!, _result);
        (_commit, _result) = (null, null);
        if (_failure is not null || result!.Outcome != WriteOutcome.Done)
        {
            Abandon();
            _host.Lost(this, _failure is null ? result!.Outcome : null, isNew: commit is CreateExecution, _failure);
            return;
        }
        _host.Options.Reached?.Invoke(CrashPoint.CommitKnown);
        _committedSeq = _state.Seq;
        _messages?.Removed(isRead: Volatile.Read(ref _readings) > 0);
        if (_record.Version != _state.Identity.WorkflowVersion)
            _record = _record with { Version = _state.Identity.WorkflowVersion };
        Publish();
        StopEffects();
        _host.Tell(commit, result);
        if (_state.Status.IsTerminal())
            End(commit);
        else if (_isLetGo)
            Sleep();
        else
            GoOn();
        _machine.Clear();
    }

    private void End(Mutation commit)
    {
        Abandon();
        // As the commit wrote it, so that nothing is written as JSON once more.
        _host.Ended(this, commit is AdvanceExecution { Update: { } update } ? RecordWith(update) : _record);
    }

    private void Sleep()
    {
        _isGone = true;
        _timer?.Dispose();
        // Whoever posts after this look is told that the mailbox is gone.
        Interlocked.MemoryBarrier();
        _host.Slept(this, _state.NextDue(), hasInputs: HasInputs);
    }

    private void GoOn()
    {
        StartEffects();
        ArmTimer();
    }

    private void ArmTimer()
    {
        // What is being cancelled does nothing that is due: its timer would fire again and again.
        var due = _state.IsCancelling ? null : _state.NextDue();
        if (_graceEnds is { } grace && (due is null || grace < due))
            due = grace;
        if (due == _timerDue)
            return;
        _timerDue = due;
        // Looked at again now and then: a timer does not hear of it where the wall clock is set.
        var delay = due is { } at ? TimeSpan.FromMilliseconds(Math.Clamp((at - _host.Now()).TotalMilliseconds, 0, _host.Options.PollInterval.TotalMilliseconds)) : Timeout.InfiniteTimeSpan;
        if (_timer is null)
            _timer = _host.Time.CreateTimer(static state => ((Mailbox)state!).Post(TimerFired.Instance), this, delay, Timeout.InfiniteTimeSpan);
        else
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void Publish()
    {
        if (_machine.Events.Count > 0)
            _host.Feed.Committed(Identity, _journaled.Span, _marks);
    }
}

using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

// What becomes of what was decided: it is written, and once it is durable the execution goes on, ends, or waits in the store.
internal sealed partial class Mailbox
{
    private CommitUnderWay _commit;
    // Who waits for the execution to be created.
    private CommitAnswer? _created;

    /// <summary>The write that creates the execution; null where it existed already. Asked for once, by whoever starts it.</summary>
    public CreateExecution? Creation { get; private set; }

    /// <summary>
    /// Begins a new execution: decides its first steps and submits them in the commit that creates it. Where that commit is also its last here, because
    /// it has ended or sleeps, what follows is done before this answers: whoever starts it is woken in any case, and a change of threads is saved.
    /// </summary>
    public async Task<CommitResult> CreateAsync(ExecutionStart start, Admission? admission, IdempotencyKey? idempotency)
    {
        var created = Create(start, admission, idempotency);
        // Of one who comes alone the commit was made on this very thread.
        if (created.Task.IsCompleted && _isLetGo)
            ((IThreadPoolWorkItem)this).Execute();
        else
            Leave();
        try
        {
            return await created.Task;
        }
        finally
        {
            if (created.HasTurn)
                ((IThreadPoolWorkItem)this).Execute();
        }
    }

    private CommitAnswer Create(ExecutionStart start, Admission? admission, IdempotencyKey? idempotency)
    {
        // Nobody else knows this mailbox yet, so that this needs no turn; the flag keeps everyone out until the commit is on its way.
        _scheduled = 1;
        try
        {
            _machine.Handle(new StartInput(start), _host.Now());
            _hasBegun = true;
            _isLetGo = _state.Status.IsTerminal() || CanSleep();
            _record = RecordNow();
            Creation = Creating(admission, idempotency);
        }
        catch
        {
            // A node type of a plug-in, perhaps. Nothing is stored, and nobody will hear of this mailbox again.
            _host.Forget(this);
            throw;
        }
        // Nothing can have been taken yet: only what began is noted.
        _computations.GivenUp(_machine.Events, _machine.Stopped, _state);
        var created = _created = new CommitAnswer();
        Submit(Creation);
        return created;
    }

    void ICommitListener.Settled(CommitResult? result, StoreException? failure)
    {
        var created = _created;
        _created = null;
        // Before anybody can claim it: this mailbox must not be found any more.
        if (failure is null && result is CommitResult.Throttled)
            _host.Forget(this);
        _commit.Settle(result, failure);
        if (created is not null && _isLetGo)
            created.HasTurn = Interlocked.Exchange(ref _scheduled, 1) == 0;
        else
            ScheduleOnce();
        created?.Settled(result, failure);
    }

    private void Commit()
    {
        var hasNews = _machine.Events.Count > 0 || _messages is { Tracker.HasHandled: true } || _effects is { HasReleased: true };
        if (!hasNews && !CanSleep())
        {
            // What never left before a crash starts again as it was recorded: there is nothing new to make durable first.
            GoOn();
            _machine.Clear();
            return;
        }
        _isLetGo = _state.Status.IsTerminal() || CanSleep();
        _effects?.KeepBack();
        Submit(Advance());
        _hasTimePassed = false;
    }

    // Only a wait worth the reload is spent in the store; the rest would cost more than it saves.
    private bool CanSleep() => _hasBegun && IsIdle && !_machine.IsUnfinished && _machine.Effects.Count == 0 && _effects is not { Any: true }
        && !AreMessagesHeld && !_state.IsCancelling && (_state.NextDue() is not { } due || due - _host.Now() > _host.Options.ResidentWait);

    // What is being undone may wait as well, for a child or a person.
    private bool IsIdle => _state.Status is ExecutionStatus.Waiting or ExecutionStatus.Paused
        || (_state.Status == ExecutionStatus.Compensating && _state.WaitingRuns > 0);

    private void Submit(Mutation mutation)
    {
        _commit.Begin(mutation);
        _host.Options.Reached?.Invoke(CrashPoint.CommitDecided);
        if (_values.HasPending)
            StoreAndSubmitAsync(mutation).RunOn(_host.Logger, Identity.Id);
        else
            _host.Committer.Submit(mutation, this);
    }

    // What is large is durable before the commit that refers to it. Until that has settled, this mailbox handles nothing. What has happened
    // is not forgotten because it cannot be stored at once; only whoever starts an execution is told so, and comes again.
    private async Task StoreAndSubmitAsync(Mutation mutation)
    {
        if (await _host.StoreLargeAsync(_values, Identity.Id, isRepeated: mutation is not CreateExecution) is { } failure)
            ((ICommitListener)this).Settled(result: null, failure);
        else
            _host.Committer.Submit(mutation, this);
    }

    private void FinishCommit()
    {
        var (commit, result, failure) = _commit.Finish();
        if (failure is not null || result!.Outcome != WriteOutcome.Done)
        {
            Abandon();
            _host.Lost(this, failure is null ? result!.Outcome : null, isNew: commit is CreateExecution, failure);
            return;
        }
        _host.Options.Reached?.Invoke(CrashPoint.CommitKnown);
        _committedSeq = _state.Seq;
        _messages?.Tracker.Removed(isRead: Volatile.Read(ref _readings) > 0);
        if (_record.Version != _state.Identity.WorkflowVersion)
            _record = _record with { Version = _state.Identity.WorkflowVersion };
        Publish();
        _effects?.Stop();
        _host.Tell(commit, result);
        if (_state.Status.IsTerminal())
            End(commit);
        else if (_isLetGo)
            Sleep();
        else
            GoOn();
        _machine.Clear();
    }

    private void Publish()
    {
        if (_machine.Events.Count > 0)
            _host.Feed.Committed(Identity, _journaled.Span, _marks);
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
        if (_effects is not null || _machine.Effects.Count > 0)
            Effects.GoOn();
        ArmTimer();
    }
}

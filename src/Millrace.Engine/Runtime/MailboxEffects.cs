using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Budgets;
using Millrace.Engine.Effects;
using Millrace.Engine.Storage.Budgets;

namespace Millrace.Engine.Runtime;

/// <summary>
/// The effects of one execution: started when their intent is durable, told to end when nobody waits for them any more. All of it is called
/// in the turns of its mailbox.
/// </summary>
/// <param name="owner">The mailbox.</param>
/// <param name="host">What it belongs to.</param>
/// <param name="machine">What decides.</param>
/// <param name="state">How the execution stands.</param>
internal sealed class MailboxEffects(Mailbox owner, LiveExecutions host, Machine machine, ExecutionState state)
{
    private readonly HashSet<RunningEffect> _running = [];
    // Those that may leave for the world once that is recorded.
    private readonly List<RunningEffect> _leaving = [];
    // Steps whose effects go on once they are durable.
    private readonly List<(StepRecording Recording, StepRecord Step)> _steps = [];
    // What was reserved for attempts whose runs had been stopped by then.
    private List<BudgetSettlement>? _released;

    /// <summary>Whether there is any that has not ended.</summary>
    public bool Any => _running.Count > 0;

    /// <summary>Whether the next commit has to give something back to budgets.</summary>
    public bool HasReleased => _released is { Count: > 0 };

    /// <summary>What was decided is durable: what waited for that goes on, and what was intended begins.</summary>
    public void GoOn()
    {
        foreach (var (recording, step) in _steps)
            recording.Complete(step);
        _steps.Clear();
        foreach (var effect in _leaving)
            effect.Leave();
        _leaving.Clear();
        foreach (var intent in machine.Effects)
        {
            // What was stopped in the same commit never begins.
            if (IsWanted(intent))
                _running.Add(host.Effects.Start(owner, intent));
        }
    }

    /// <summary>One has ended.</summary>
    public void Ended(RunningEffect effect, EffectFinishedInput input)
    {
        _running.Remove(effect);
        var before = machine.Events.Count;
        machine.Handle(input, host.Now());
        // Its run was stopped by a commit that gave back all that was reserved then; what was reserved after it, nobody else gives back.
        if (effect.MayHaveReservedInVain && machine.Events.Count == before)
            (_released ??= []).Add(new BudgetSettlement(BudgetCharges.IdOf(input.Node.Id, input.Iteration, input.Attempt), default));
    }

    /// <summary>What the next commit charges to budgets and gives back, with what its events say.</summary>
    public IReadOnlyList<BudgetSettlement> TakeReleased(IReadOnlyList<BudgetSettlement> charges)
    {
        if (!HasReleased)
            return charges;
        IReadOnlyList<BudgetSettlement> all = [.. charges, .. _released!];
        _released!.Clear();
        return all;
    }

    /// <summary>One may leave, once that is durable: after a crash before that, it is known not to have begun.</summary>
    public void LetLeave(RunningEffect effect)
    {
        var before = machine.Events.Count;
        machine.Handle(new EffectAdmittedInput(effect.Start.Node, effect.Start.Iteration, effect.Start.Attempt), host.Now());
        if (machine.Events.Count > before)
        {
            _leaving.Add(effect);
            return;
        }
        _running.Remove(effect);
        effect.GiveUp();
    }

    // P2: the effect hears of it only when it is durable, so that nothing follows from a step that could run again.
    /// <summary>A step inside one of them has ended.</summary>
    public void Record(StepRecording recording)
    {
        machine.Handle(recording.Input, host.Now());
        if (machine.Recorded(recording.Input) is { } step)
            _steps.Add((recording, step));
        else
            recording.Refuse();
    }

    /// <summary>
    /// What still waits for room must not begin while the commit is on its way that ends its run. Should that fail, all is folded again.
    /// </summary>
    public void KeepBack()
    {
        foreach (var effect in state.Status.IsTerminal() ? [.. _running] : Stopped())
        {
            if (!effect.HasBegun && !IsWanted(effect.Start))
                effect.Cancel();
        }
    }

    /// <summary>The commit is durable that ends the runs of some: those are told to end.</summary>
    public void Stop()
    {
        foreach (var effect in Stopped())
            effect.Cancel();
    }

    /// <summary>All are told to end. How they do is recorded.</summary>
    public void Cancel()
    {
        foreach (var effect in _running)
            effect.Cancel();
    }

    /// <summary>The execution is no longer its mailbox's: all are told to end, and how they do is not recorded.</summary>
    public void Abandon()
    {
        foreach (var effect in _running)
        {
            effect.Cancel();
            effect.GiveUp();
        }
        foreach (var (recording, _) in _steps)
            recording.Refuse();
        _steps.Clear();
    }

    private bool IsWanted(EffectStart effect) =>
        !state.Status.IsTerminal()
        && state.FindRun(effect.Node, effect.Iteration) is { IsEffectRunning: true } run && run.Attempt == effect.Attempt;

    // By the ids of their nodes: an effect may have begun under an earlier version of the workflow.
    private List<RunningEffect> Stopped()
    {
        if (machine.Stopped.Count == 0 || _running.Count == 0)
            return [];
        var stopped = machine.Stopped.Select(run => (run.Node.Id, run.Iteration)).ToHashSet();
        return [.. _running.Where(effect => stopped.Contains((effect.Start.Node.Id, effect.Start.Iteration)))];
    }
}

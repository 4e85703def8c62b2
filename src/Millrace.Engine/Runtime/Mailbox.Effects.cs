using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Engine.Effects;

namespace Millrace.Engine.Runtime;

// The effects of an execution: started when their intent is durable, told to end when nobody waits for them any more.
internal sealed partial class Mailbox
{
    private readonly HashSet<RunningEffect> _effects = [];
    // Those that may leave for the world once that is recorded.
    private readonly List<RunningEffect> _leaving = [];
    // Steps whose effects go on once they are durable.
    private readonly List<(StepRecording Recording, StepRecord Step)> _steps = [];

    /// <summary>Called by the dispatcher when an effect has ended.</summary>
    public void EffectFinished(RunningEffect effect, NodeOutcome outcome) =>
        Post(new EffectEnded(effect, new EffectFinishedInput(effect.Start.Node, effect.Start.Iteration, effect.Start.Attempt, outcome)));

    /// <summary>Called by the dispatcher when an effect may leave once that is recorded.</summary>
    public void EffectAdmitted(RunningEffect effect)
    {
        if (!Post(new EffectLeaves(effect)))
            effect.GiveUp();
    }

    /// <summary>Called when a step inside an effect has ended.</summary>
    public void StepEnded(StepRecording recording)
    {
        if (!Post(new StepEnded(recording)))
            recording.Refuse();
    }

    private void StartEffects()
    {
        foreach (var (recording, step) in _steps)
            recording.Complete(step);
        _steps.Clear();
        foreach (var effect in _leaving)
            effect.Leave();
        _leaving.Clear();
        foreach (var intent in _machine.Effects)
        {
            // What the same turn went on to stop never begins.
            if (IsWanted(intent))
                _effects.Add(_host.Effects.Start(this, intent));
        }
    }

    // What still waits for room must not begin while the commit is on its way that ends its run. Should that fail, all is folded again.
    private void KeepBack()
    {
        foreach (var effect in _state.Status.IsTerminal() ? [.. _effects] : StoppedEffects())
        {
            if (!effect.HasBegun && !IsWanted(effect.Start))
                effect.Cancel();
        }
    }

    private bool IsWanted(EffectStart effect) =>
        !_state.Status.IsTerminal() && _state.FindRun(effect.Node, effect.Iteration) is { IsEffectRunning: true } run && run.Attempt == effect.Attempt;

    // Only once this is durable does it leave: after a crash before that, it is known not to have begun.
    private void LetLeave(RunningEffect effect)
    {
        var before = _machine.Events.Count;
        _machine.Handle(new EffectAdmittedInput(effect.Start.Node, effect.Start.Iteration, effect.Start.Attempt), _host.Now());
        if (_machine.Events.Count > before)
        {
            _leaving.Add(effect);
            return;
        }
        _effects.Remove(effect);
        effect.GiveUp();
    }

    // P2: the effect hears of it only when it is durable, so that nothing follows from a step that could run again.
    private void RecordStep(StepRecording recording)
    {
        _machine.Handle(recording.Input, _host.Now());
        if (_machine.Recorded(recording.Input) is { } step)
            _steps.Add((recording, step));
        else
            recording.Refuse();
    }

    private void StopEffects()
    {
        foreach (var effect in StoppedEffects())
            effect.Cancel();
    }

    // By the ids of their nodes: an effect may have begun under an earlier version of the workflow.
    private List<RunningEffect> StoppedEffects()
    {
        if (_machine.Stopped.Count == 0 || _effects.Count == 0)
            return [];
        var stopped = _machine.Stopped.Select(run => (run.Node.Id, run.Iteration)).ToHashSet();
        return [.. _effects.Where(effect => stopped.Contains((effect.Start.Node.Id, effect.Start.Iteration)))];
    }

    private void CancelEffects()
    {
        foreach (var effect in _effects)
            effect.Cancel();
    }

    private void AbandonEffects()
    {
        foreach (var effect in _effects)
        {
            effect.Cancel();
            effect.GiveUp();
        }
        foreach (var (recording, _) in _steps)
            recording.Refuse();
        _steps.Clear();
    }
}

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

    /// <summary>Called by the dispatcher when an effect has ended.</summary>
    public void EffectFinished(RunningEffect effect, NodeOutcome outcome) =>
        Post(new EffectEnded(effect, new EffectFinishedInput(effect.Start.Node, effect.Start.Iteration, effect.Start.Attempt, outcome)));

    /// <summary>Called by the dispatcher when an effect may leave once that is recorded.</summary>
    public void EffectAdmitted(RunningEffect effect)
    {
        if (!Post(new EffectLeaves(effect)))
            effect.GiveUp();
    }

    private void StartEffects()
    {
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
    }
}

using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>A new owner has folded the journal: effects that were under way may or may not have happened.</summary>
public sealed record RecoveredInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly RecoveredInput Instance = new();
}

public sealed partial class Machine
{
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
}

using Millrace.Core.Definitions;

namespace Millrace.Core.Executions;

/// <summary>Somebody wants it ended.</summary>
/// <param name="Reason">Why, in their words.</param>
public sealed record CancelInput(string? Reason) : MachineInput;

/// <summary>The grace period of a cancel is over: what still runs counts as in doubt.</summary>
public sealed record CancelGraceOverInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly CancelGraceOverInput Instance = new();
}

public sealed partial class Machine
{
    private void CancelNow()
    {
        if (!_state.IsCancelling)
            return;
        foreach (var run in _state.Runs().Where(run => run.IsEffectRunning).ToList())
            Emit(new NodeInDoubt(run.Node, run.Iteration, InDoubtPolicy.Ask));
    }
}

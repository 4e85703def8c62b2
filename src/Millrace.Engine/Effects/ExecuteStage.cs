using Millrace.Core.Nodes;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;

namespace Millrace.Engine.Effects;

/// <summary>The innermost: what the node's type does.</summary>
internal sealed class ExecuteStage(Action<CrashPoint>? reached)
{
    public ValueTask<NodeOutcome> RunAsync(RunningEffect effect)
    {
        // A stage around this may have taken its time: what is not wanted any more, or has no time left, does not begin.
        effect.Cancellation.ThrowIfCancellationRequested();
        reached?.Invoke(CrashPoint.EffectLeaves);
        return ((ExecutableEffect)effect.Start.Node.Logic).RunAsync(effect.Start.Input, effect.Begin(), effect.Cancellation);
    }
}

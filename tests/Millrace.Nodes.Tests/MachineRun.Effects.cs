using Millrace.Core.Executions;
using Millrace.Engine.Nodes;

namespace Millrace.Tests;

// Where a test is about what effects really do.
internal sealed partial class MachineRun
{
    /// <summary>Really runs effects, and what follows from them, until there are none.</summary>
    public async Task<MachineRun> RunEffectsAsync()
    {
        while (_effects.Count > 0)
        {
            var effect = _effects[0];
            _effects.RemoveAt(0);
            var context = new EffectContext
            {
                Tenant = "t", ExecutionId = "x1", WorkflowId = "w1", NodeId = effect.Node.Id, Attempt = effect.Attempt, Data = effect.Data, Time = TimeProvider.System,
            };
            var outcome =
                await ((ExecutableEffect)effect.Node.Logic).RunAsync(effect.Input, context, TestContext.Current.CancellationToken);
            Handle(new EffectFinishedInput(effect.Node, effect.Iteration, effect.Attempt, outcome));
        }
        return this;
    }
}

using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;
using Millrace.Tests;

namespace Millrace.Simulation.Tests.Engine;

/// <summary>The built-in node types, with an effect that the world decides about instead of the one that does nothing.</summary>
internal static class SimulatedNodes
{
    public static NodeRegistry Registry { get; } = new([
        .. NodesForTests.All(new OutgoingHttp(AddressGuard.PublicOnly)).Where(type => type.Description.Type != "noop"),
        new SimulatedEffect(),
    ]);

    private sealed record Config
    {
        public Value? Output { get; init; }
    }

    private sealed class SimulatedEffect : EffectNodeType<Config>
    {
        protected override NodeTypeDescription Describe() => new() { Type = "noop", Title = "Simulated", Summary = "Does what the world says.", Category = "Flow", Kind = NodeKind.Effect, EstimateOf = _ => SimulatedBudgets.Estimate };

        protected override ValueTask<NodeOutcome> ExecuteAsync(Config config, EffectContext context, CancellationToken cancellation)
        {
            var process = ((ProcessTime)context.Time).Process;
            return process.World.Effects.RunAsync(process, context, cancellation);
        }
    }
}

using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record NoopConfig
{
    [Description("The output; by default, what arrived. May be a template, or an object or list with templates in it.")]
    public Value? Output { get; init; }
}

/// <summary>An effect that does nothing, journaled like any other: a placeholder, and a probe for measuring the engine.</summary>
internal sealed class NoopNode : EffectNodeType<NoopConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "noop",
        Title = "No operation",
        Summary = "An effect that does nothing: passes on its data, or returns a fixed output.",
        Category = "Flow",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
    };

    protected override ValueTask<NodeOutcome> ExecuteAsync(NoopConfig config, EffectContext context, CancellationToken cancellation) =>
        new(NodeOutcome.Completed(config.Output ?? context.Data));
}

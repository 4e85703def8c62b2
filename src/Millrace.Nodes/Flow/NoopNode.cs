using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Flow;

internal sealed record NoopConfig
{
    [Description("The output; without it, what arrived. May be a template, or an object or list with templates in it.")]
    public Value? Output { get; init; }
}

/// <summary>An effect that does nothing, journaled like any other: a placeholder, and a probe for measuring the engine.</summary>
internal sealed class NoopNode : EffectNodeType<NoopConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "noop",
        Title = "No operation",
        Summary = "Does nothing, as an effect would: passes its data on, or gives an output.",
        Category = "Flow",
        Kind = NodeKind.Effect,
        Repetition = Repetition.Harmless,
    };

    protected override ValueTask<NodeOutcome> ExecuteAsync(NoopConfig config, EffectContext context, CancellationToken cancellation) =>
        new(NodeOutcome.Completed(config.Output ?? context.Data));
}

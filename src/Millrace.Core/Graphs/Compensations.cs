using Millrace.Core.Definitions;

namespace Millrace.Core.Graphs;

/// <summary>What undoes a node, as a node of its own.</summary>
internal static class Compensations
{
    /// <summary>The node that undoes another.</summary>
    public static NodeDefinition Of(NodeDefinition node)
    {
        var compensation = node.Compensation!;
        return new NodeDefinition
        {
            Id = $"{node.Id}:compensation",
            Name = $"Undo {node.Name ?? node.Id}",
            Type = compensation.Type,
            Config = compensation.Config,
            Retry = compensation.Retry ?? node.Retry,
            Source = compensation.Source,
            ConfigSource = compensation.Source.At("config"),
        };
    }
}

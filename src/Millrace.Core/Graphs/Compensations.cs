using Millrace.Core.Definitions;

namespace Millrace.Core.Graphs;

/// <summary>What undoes a node, as a node of its own.</summary>
internal static class Compensations
{
    /// <summary>The node that undoes another; null: nothing does.</summary>
    public static NodeDefinition? Of(GraphNode undone)
    {
        var node = undone.Definition;
        if ((node.Compensation ?? undone.Type.UndoneBy?.Invoke(node)) is not { } compensation)
            return null;
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

using System.Collections.Immutable;

namespace Millrace.Core.Definitions;

/// <summary>A set of nodes that all lead back to each other.</summary>
/// <param name="Nodes">Their ids, in authored order.</param>
/// <param name="Edges">Every edge between them, gotos included (see <see cref="ErrorEdges"/>), in authored order.</param>
public sealed record DefinitionCycle(ImmutableArray<string> Nodes, ImmutableArray<EdgeDefinition> Edges);

/// <summary>Finds where a definition loops. Whether a loop is well made is for the compiler to say.</summary>
public static class DefinitionCycles
{
    /// <summary>Every cycle, overlapping ones as one; in the authored order of their first nodes.</summary>
    public static ImmutableArray<DefinitionCycle> Find(WorkflowDefinition definition)
    {
        var graph = new NodeGraph(definition.Nodes, definition.Edges);
        var (componentOf, count) = graph.Components;
        var edges = new List<EdgeDefinition>?[count];
        foreach (var edge in definition.Edges.Concat(ErrorEdges.Of(definition.Nodes)))
        {
            if (graph.IndexOf.TryGetValue(edge.Source, out var from)
                && graph.IndexOf.TryGetValue(edge.Target, out var to)
                && componentOf[from] == componentOf[to])
                (edges[componentOf[from]] ??= []).Add(edge);
        }
        var members = new List<string>[count];
        for (var node = 0; node < definition.Nodes.Length; node++)
            (members[componentOf[node]] ??= []).Add(definition.Nodes[node].Id);
        return [
            .. componentOf.Distinct()
            .Where(component => edges[component] is not null)
            .Select(component => new DefinitionCycle([.. members[component]], [.. edges[component]!])),
        ];
    }
}

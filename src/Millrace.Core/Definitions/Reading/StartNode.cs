using Millrace.Core.Nodes;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Adds a start node to a document without one, and connects it to the nodes where execution can begin.</summary>
internal static class StartNode
{
    public static void AddWhereMissing(Draft draft)
    {
        var roles = draft.Nodes.Select(node => draft.Catalog.Find(node.Type)).ToArray();
        if (roles.All(type => type?.Kind == NodeKind.Comment)
            || roles.Any(type => type?.Role == NodeRole.Start)
            || draft.Catalog.Find("start") is not { } start)
            return;
        var graph = new NodeGraph(draft.Nodes, draft.Edges);
        var entries = graph.Entries()
            .Where(entry => roles[entry]?.Kind != NodeKind.Comment && IsNamed(graph, entry))
            .Select(entry => draft.Nodes[entry].Id)
            .ToArray();
        var id = FreeId(graph);
        // Authors draw edges from the start that they did not declare.
        var drawn = draft.Edges
            .Where(edge => string.Equals(edge.Source, id, StringComparison.Ordinal))
            .Select(edge => edge.Target)
            .ToHashSet(StringComparer.Ordinal);
        draft.Nodes.Insert(0, new NodeDefinition { Id = id, Type = start.Type });
        draft.Edges.InsertRange(
            0, entries.Where(entry => !drawn.Contains(entry)).Select(entry => new EdgeDefinition { Id = "", Source = id, Target = entry }));
    }

    // Nodes without an id, and later ones of the same id, are errors of their own and cannot be connected.
    private static bool IsNamed(NodeGraph graph, int node) =>
        graph.Nodes[node].Id.Length > 0 && graph.IndexOf[graph.Nodes[node].Id] == node;

    private static string FreeId(NodeGraph graph)
    {
        var id = "start";
        for (var i = 1; graph.IndexOf.ContainsKey(id); i++)
            id = $"start_{i}";
        return id;
    }
}

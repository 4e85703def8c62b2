using Millrace.Core.Nodes;

namespace Millrace.Core.Definitions.Reading;

/// <summary>A definition while it is being read: what the dialects fill, and what they may ask.</summary>
internal sealed class Draft(INodeCatalog catalog, ProblemList problems)
{
    public INodeCatalog Catalog { get; } = catalog;

    public ProblemList Problems { get; } = problems;

    public List<NodeDefinition> Nodes { get; } = [];

    public List<EdgeDefinition> Edges { get; } = [];

    /// <summary>The ports of a node as its type and config have them, `error` left out.</summary>
    public IReadOnlyCollection<string> PortsOf(NodeDefinition node) =>
        Catalog.Find(node.Type) is { } type ? [.. type.AllPorts(node.Config)] : [];

    /// <summary>The nodes by id; of two with one id the first.</summary>
    public Dictionary<string, NodeDefinition> NodesById()
    {
        var nodes = new Dictionary<string, NodeDefinition>(Nodes.Count, StringComparer.Ordinal);
        foreach (var node in Nodes)
            nodes.TryAdd(node.Id, node);
        return nodes;
    }

    /// <summary>The places in <see cref="Edges"/> of the edges that leave each node.</summary>
    public Dictionary<string, List<int>> OutgoingEdges()
    {
        var outgoing = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < Edges.Count; i++)
        {
            if (!outgoing.TryGetValue(Edges[i].Source, out var edges))
                outgoing.Add(Edges[i].Source, edges = []);
            edges.Add(i);
        }
        return outgoing;
    }
}

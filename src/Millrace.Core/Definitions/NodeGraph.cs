namespace Millrace.Core.Definitions;

/// <summary>
/// The nodes of a definition by number and the ways between them: edges whose ends exist, and `onError` gotos, which the compiled graph
/// has as error edges. Of two nodes with one id the first counts.
/// </summary>
internal sealed class NodeGraph
{
    private readonly List<int>[] _successors;
    private readonly List<int>[] _predecessors;
    private readonly Lazy<(int[] ComponentOf, int Count)> _components;

    public NodeGraph(IReadOnlyList<NodeDefinition> nodes, IReadOnlyList<EdgeDefinition> edges)
    {
        Nodes = nodes;
        _successors = Lists(nodes.Count);
        _predecessors = Lists(nodes.Count);
        for (var i = 0; i < nodes.Count; i++)
            IndexOf.TryAdd(nodes[i].Id, i);
        foreach (var edge in edges.Concat(ErrorEdges.Of(nodes)))
            Connect(edge.Source, edge.Target);
        _components = new(() => StronglyConnected.Components(_successors));
    }

    public IReadOnlyList<NodeDefinition> Nodes { get; }

    public Dictionary<string, int> IndexOf { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<int> Successors(int node) => _successors[node];

    public IReadOnlyList<int> Predecessors(int node) => _predecessors[node];

    /// <summary>The strongly connected component of each node, numbered against the direction of the edges.</summary>
    public (int[] ComponentOf, int Count) Components => _components.Value;

    /// <summary>
    /// The nodes where execution can begin: those without a way in, and of every loop without a way in the first node authored.
    /// </summary>
    public IReadOnlyList<int> Entries()
    {
        var (componentOf, count) = Components;
        var hasWayIn = new bool[count];
        for (var node = 0; node < Nodes.Count; node++)
        {
            foreach (var successor in _successors[node])
            {
                if (componentOf[successor] != componentOf[node])
                    hasWayIn[componentOf[successor]] = true;
            }
        }
        var entries = new List<int>();
        for (var node = 0; node < Nodes.Count; node++)
        {
            if (hasWayIn[componentOf[node]])
                continue;
            hasWayIn[componentOf[node]] = true;
            entries.Add(node);
        }
        return entries;
    }

    private void Connect(string source, string target)
    {
        if (!IndexOf.TryGetValue(source, out var from) || !IndexOf.TryGetValue(target, out var to))
            return;
        _successors[from].Add(to);
        _predecessors[to].Add(from);
    }

    private static List<int>[] Lists(int count)
    {
        var lists = new List<int>[count];
        for (var i = 0; i < count; i++)
            lists[i] = [];
        return lists;
    }
}

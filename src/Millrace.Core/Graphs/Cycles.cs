using System.Collections.Immutable;

namespace Millrace.Core.Graphs;

/// <summary>Finds cycles, without recursion: graphs come from strangers and may be deep.</summary>
internal static class Cycles
{
    /// <summary>For each edge that points back in a depth-first walk, the cycle that it closes.</summary>
    public static IEnumerable<ImmutableArray<GraphEdge>> Find(IEnumerable<GraphNode> nodes, IReadOnlyCollection<GraphEdge> edges)
    {
        if (edges.Count == 0)
            yield break;
        var done = new HashSet<GraphNode>();
        var onPath = new HashSet<GraphNode>();
        foreach (var root in nodes.Where(node => !done.Contains(node)))
        {
            foreach (var cycle in Walk(root, done, onPath))
                yield return cycle;
        }
    }

    private static IEnumerable<ImmutableArray<GraphEdge>> Walk(GraphNode root, HashSet<GraphNode> done, HashSet<GraphNode> onPath)
    {
        var path = new List<GraphEdge>();
        var stack = new Stack<(GraphNode Node, int Next)>();
        stack.Push((root, 0));
        onPath.Add(root);
        while (stack.TryPop(out var top))
        {
            if (top.Next == top.Node.Outgoing.Length)
            {
                onPath.Remove(top.Node);
                done.Add(top.Node);
                if (path.Count > 0)
                    path.RemoveAt(path.Count - 1);
                continue;
            }
            stack.Push((top.Node, top.Next + 1));
            var edge = top.Node.Outgoing[top.Next];
            if (onPath.Contains(edge.Target))
            {
                var first = path.FindIndex(step => ReferenceEquals(step.Source, edge.Target));
                yield return first < 0 ? [edge] : [.. path[first..], edge];
            }
            else if (!done.Contains(edge.Target))
            {
                stack.Push((edge.Target, 0));
                onPath.Add(edge.Target);
                path.Add(edge);
            }
        }
    }
}

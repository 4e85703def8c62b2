using System.Collections.Immutable;

namespace Millrace.Core.Graphs;

/// <summary>Gives blocks their edges.</summary>
internal static class BlockEdges
{
    /// <summary>Adds each authored edge to every block that it leaves, and to the one that it ends in.</summary>
    public static void Connect(IReadOnlyList<GraphBlock> blocks, IReadOnlyList<Way> ways)
    {
        var edges = blocks.ToDictionary(block => block, _ => new List<GraphEdge>());
        foreach (var way in ways)
            Add(way, edges);
        foreach (var (block, own) in edges)
        {
            for (var slot = 0; slot < own.Count; slot++)
                own[slot].Slot = slot;
            block.Edges = [.. own];
            var outgoing = own.ToLookup(edge => edge.Source);
            var incoming = own.Where(edge => edge.Target is not null && !edge.IsBack).ToLookup(edge => edge.Target!);
            foreach (var node in block.Nodes)
            {
                node.Outgoing = [.. outgoing[node]];
                node.Incoming = [.. incoming[node]];
                node.HasErrorPort = node.Outgoing.Any(edge => edge.IsError);
            }
        }
    }

    private static void Add(Way way, Dictionary<GraphBlock, List<GraphEdge>> edges)
    {
        GraphEdge? inner = null;
        var source = way.Source;
        while (true)
        {
            var block = source.Block;
            var isBack = ReferenceEquals(block.Header, way.Target);
            var edge = new GraphEdge
            {
                Index = way.Index,
                Id = way.Definition.Id,
                Source = source,
                Origin = way.Source,
                Target = isBack ? way.Target : block.MemberOf(way.Target),
                IsBack = isBack,
                Port = inner is null ? way.Definition.Port : null,
                When = inner is null ? way.When : null,
            };
            edges[block].Add(edge);
            if (inner is not null)
                inner.Outer = edge;
            // Where loops are not nested well there may be no way out; that is reported as a problem of its own.
            if (edge.Target is not null || block.Owner is null || !edges.ContainsKey(block.Owner.Block))
                return;
            inner = edge;
            source = block.Owner;
        }
    }

    /// <summary>
    /// Numbers the nodes of a block so that every edge leads forward; of those that may come next, the one authored first does.
    /// </summary>
    public static void Rank(GraphBlock block)
    {
        var open = block.Nodes.ToDictionary(node => node, node => node.Incoming.Length);
        var ready = new PriorityQueue<GraphNode, int>(block.Nodes.Where(node => node.Incoming.IsEmpty).Select(node => (node, node.Slot)));
        var rank = 0;
        while (ready.TryDequeue(out var node, out _))
        {
            node.Rank = rank++;
            foreach (var edge in node.Outgoing)
            {
                if (edge is { IsBack: false, Target: { } target } && --open[target] == 0)
                    ready.Enqueue(target, target.Slot);
            }
        }
    }

    /// <summary>The nodes of a join's block that lead nowhere but to it.</summary>
    public static ImmutableArray<GraphNode> BranchesOf(GraphNode join)
    {
        var ways = new Dictionary<GraphNode, int>(ReferenceEqualityComparer.Instance);
        var branches = ImmutableArray.CreateBuilder<GraphNode>();
        var open = new Stack<GraphNode>([join]);
        while (open.TryPop(out var reached))
        {
            foreach (var edge in reached.Incoming)
            {
                var count = ways[edge.Source] = ways.GetValueOrDefault(edge.Source) + 1;
                if (count != edge.Source.Outgoing.Length)
                    continue;
                branches.Add(edge.Source);
                open.Push(edge.Source);
            }
        }
        return branches.ToImmutable();
    }
}

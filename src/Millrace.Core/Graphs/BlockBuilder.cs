using System.Collections.Immutable;
using Millrace.Core.Definitions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;

namespace Millrace.Core.Graphs;

/// <summary>An authored edge between nodes that exist.</summary>
internal sealed record Way(int Index, EdgeDefinition Definition, GraphNode Source, GraphNode Target, Expression? When);

/// <summary>
/// Folds loops: a set of nodes that all lead back to each other, entered at one of them (its header), becomes one node of the block
/// around it and a block of its own, in which the ways back to the header no longer count, so that inner loops show.
/// </summary>
internal sealed class BlockBuilder(WorkflowSettings settings, ICollection<Problem> problems)
{
    private const int MaxNamedEdges = 10;
    private const int DeepestLoop = 50;

    private readonly List<GraphBlock> _blocks = [];

    public ImmutableArray<GraphBlock> Blocks => [.. _blocks];

    /// <summary>
    /// Makes the blocks of a graph or body, the inner ones included; gives every node its block. Null, with a problem, where loops are
    /// nested too deep for that.
    /// </summary>
    public GraphBlock? Build(BlockKind kind, GraphNode? owner, IReadOnlyList<GraphNode> nodes, IReadOnlyList<Way> ways)
    {
        var first = _blocks.Count;
        if (Fold(kind, owner, header: null, nodes, ways, depth: 0) is not { } block)
            return null;
        BlockEdges.Connect(_blocks[first..], ways);
        for (var i = _blocks.Count - 1; i >= first; i--)
            Finish(_blocks[i]);
        return block;
    }

    private GraphBlock? Fold(
        BlockKind kind, GraphNode? owner, GraphNode? header, IReadOnlyList<GraphNode> nodes, IReadOnlyList<Way> ways, int depth)
    {
        var block = new GraphBlock(_blocks.Count, kind, owner) { Header = header };
        _blocks.Add(block);
        Way[] forward = header is null ? [.. ways] : [.. ways.Where(way => !ReferenceEquals(way.Target, header))];
        if (header is not null)
            block.MaxIterations = MaxIterations(ways.Where(way => ReferenceEquals(way.Target, header)));
        var members = new List<GraphNode>();
        var loops = new List<(GraphNode Node, LoopShape Shape)>();
        foreach (var (node, shape) in LoopShape.Find(nodes, forward))
        {
            var member = node ?? LoopNode(shape!.Header);
            member.Block = block;
            member.Slot = members.Count;
            members.Add(member);
            if (shape is not null)
                loops.Add((member, shape));
        }
        block.Nodes = [.. members];
        foreach (var (node, shape) in loops)
        {
            if (shape.OtherEntries.Count > 0)
                problems.Add(NotNested(shape));
            if (depth == DeepestLoop)
            {
                problems.Add(
                    new(
                        shape.Header.Definition.Source.ToString(),
                        "loop_too_deep",
                        $"Loops are nested more than {DeepestLoop} deep at node '{shape.Header.Id}'."));
                return null;
            }
            node.Body = Fold(BlockKind.Loop, node, shape.Header, shape.Nodes, shape.Ways, depth + 1);
            if (node.Body is null)
                return null;
        }
        return block;
    }

    private int MaxIterations(IEnumerable<Way> back) =>
        back.Min(way => way.Definition.MaxIterations) ?? settings.MaxIterations ?? WorkflowSettings.UsualMaxIterations;

    private static GraphNode LoopNode(GraphNode header) => new()
    {
        Index = -1,
        Definition = new NodeDefinition { Id = header.Id, Type = LoopLogic.Description.Type, Source = header.Definition.Source },
        Type = LoopLogic.Description,
        Logic = LoopLogic.Instance,
        Retry = RetryPolicy.None,
        Join = header.Join,
    };

    // Inner blocks come after those around them in the list, so that going backwards finds their sizes and results ready.
    private static void Finish(GraphBlock block)
    {
        block.Roots = block.Header is { } header ? [header] : [.. block.Nodes.Where(node => node.Incoming.IsEmpty)];
        block.Size = block.Nodes.Sum(node => node.IsLoop ? node.Body?.Size ?? 0 : 1);
        GraphNode[] outputs = [.. block.Nodes.SelectMany(Outputs)];
        block.Results = outputs.Length > 0 ? [.. outputs] : [.. block.Nodes.Where(node => node.Outgoing.IsEmpty).SelectMany(Ends)];
        BlockEdges.Rank(block);
        foreach (var join in block.Nodes.Where(node => node.Join is { CancelOthers: true } && !node.IsLoop))
        {
            join.Branches = BlockEdges.BranchesOf(join);
            foreach (var branch in join.Branches)
                branch.CancelledBy = branch.CancelledBy.Add(join);
        }
    }

    private static IEnumerable<GraphNode> Outputs(GraphNode node)
    {
        if (node.IsLoop)
            return node.Body?.Results.Where(result => result.Type.Role == NodeRole.Output) ?? [];
        return node.Type.Role == NodeRole.Output ? [node] : [];
    }

    // A loop that nothing follows ends with what did not lead back.
    private static IEnumerable<GraphNode> Ends(GraphNode node) => node.IsLoop
        ? (node.Body?.Edges.Where(edge => edge.IsBack).Select(edge => edge.Origin).Distinct() ?? [])
        : [node];

    private static Problem NotNested(LoopShape shape)
    {
        var entries = shape.OtherEntries;
        var named = string.Join(", ", entries.Take(MaxNamedEdges).Select(way => $"{way.Source.Id} -> {way.Target.Id}"));
        var more = entries.Count > MaxNamedEdges ? $" and {entries.Count - MaxNamedEdges} more" : "";
        var nodes = string.Join(", ", shape.Nodes.Take(MaxNamedEdges).Select(node => $"'{node.Id}'"));
        return new(
            entries[0].Definition.Location.ToString(),
            "loop_not_nested",
            $"The loop of {nodes}{(shape.Nodes.Count > MaxNamedEdges ? ", ..." : "")} begins at '{shape.Header.Id}', but {named}{more} "
                + $"lead{(entries.Count == 1 ? "s" : "")} into the middle of it. "
            + $"A loop is entered at one node only: let these edges lead to '{shape.Header.Id}', or move what they lead to out of the loop.");
    }
}

/// <summary>A loop to be folded.</summary>
/// <param name="Header">Where it is entered.</param>
/// <param name="Nodes">Its nodes, in authored order.</param>
/// <param name="Ways">The ways between them, those back to the header included.</param>
/// <param name="OtherEntries">Ways in that lead elsewhere than to the header: a mistake.</param>
internal sealed record LoopShape(GraphNode Header, IReadOnlyList<GraphNode> Nodes, IReadOnlyList<Way> Ways, IReadOnlyList<Way> OtherEntries)
{
    /// <summary>The members of a block in authored order: nodes that stand alone, and each loop at the place of its first node.</summary>
    public static IEnumerable<(GraphNode? Node, LoopShape? Loop)> Find(IReadOnlyList<GraphNode> nodes, IReadOnlyList<Way> ways)
    {
        var indexOf = new Dictionary<GraphNode, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < nodes.Count; i++)
            indexOf.Add(nodes[i], i);
        var successors = new List<int>[nodes.Count];
        for (var i = 0; i < nodes.Count; i++)
            successors[i] = [];
        var isLoop = new bool[nodes.Count];
        foreach (var way in ways)
            successors[indexOf[way.Source]].Add(indexOf[way.Target]);
        var (componentOf, count) = StronglyConnected.Components(successors);
        var members = new List<GraphNode>[count];
        for (var i = 0; i < nodes.Count; i++)
            (members[componentOf[i]] ??= []).Add(nodes[i]);
        foreach (var way in ways)
            isLoop[componentOf[indexOf[way.Source]]] |= componentOf[indexOf[way.Source]] == componentOf[indexOf[way.Target]];
        var inside = ways.Where(way => isLoop[componentOf[indexOf[way.Target]]]).ToLookup(way => componentOf[indexOf[way.Target]]);
        for (var i = 0; i < nodes.Count; i++)
        {
            var component = componentOf[i];
            if (!isLoop[component])
                yield return (nodes[i], null);
            else if (ReferenceEquals(members[component][0], nodes[i]))
                yield return (null, Of(members[component], [.. inside[component]], way => componentOf[indexOf[way.Source]] == component));
        }
    }

    private static LoopShape Of(List<GraphNode> nodes, List<Way> leadingIn, Func<Way, bool> isInside)
    {
        var entries = leadingIn.Where(way => !isInside(way)).ToList();
        // A loop that nothing leads to begins at a start node, or else at the node authored first.
        var header = entries.Count > 0 ? entries[0].Target : nodes.Find(node => node.Type.Role == NodeRole.Start) ?? nodes[0];
        return new(header, nodes, [.. leadingIn.Where(isInside)], [.. entries.Where(way => !ReferenceEquals(way.Target, header))]);
    }
}

using Millrace.Core.Nodes;

namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>A way from node to node: an edge, or a goto.</summary>
internal sealed class FlowEdge(int index, int source, int target, EdgeDefinition definition)
{
    /// <summary>Its place among the edges of its graph.</summary>
    public int Index => index;

    public int Source => source;

    public int Target => target;

    public string? Port => definition.Port;

    public string? When => definition.When;

    /// <summary>The loop that it leads back to the beginning of; null: it leads forward.</summary>
    public FlowLoop? Back { get; set; }

    public bool IsError => string.Equals(Port, "error", StringComparison.Ordinal);
}

/// <summary>A loop: nodes that lead back to the one at which it is entered.</summary>
internal sealed class FlowLoop(int header, FlowLoop? outer)
{
    /// <summary>Where it is entered.</summary>
    public int Header => header;

    /// <summary>The loop around it.</summary>
    public FlowLoop? Outer => outer;

    /// <summary>The loops directly inside of it.</summary>
    public List<FlowLoop> Inner { get; } = [];

    /// <summary>The edges that lead back to the header.</summary>
    public List<FlowEdge> Back { get; } = [];
}

/// <summary>The nodes that run and the ways between them, with loops told apart from what leads forward. Comments are left out.</summary>
internal sealed class FlowGraph
{
    private const int DeepestLoop = 50;

    private readonly List<FlowEdge>[] _outgoing;
    private readonly List<FlowEdge>[] _incoming;
    private readonly FlowLoop?[] _loops;
    private readonly bool[] _isStart;
    private readonly List<int> _order = [];

    private FlowGraph(Checking checking)
    {
        Nodes = checking.Definition.Nodes;
        _outgoing = new List<FlowEdge>[Nodes.Count];
        _incoming = new List<FlowEdge>[Nodes.Count];
        _loops = new FlowLoop?[Nodes.Count];
        _isStart = [.. Nodes.Select(node => checking.TypeOf(node)?.Role == NodeRole.Start)];
        for (var i = 0; i < Nodes.Count; i++)
            (_outgoing[i], _incoming[i]) = ([], []);
        bool[] runs = [.. Nodes.Select(node => checking.TypeOf(node)?.Kind != NodeKind.Comment)];
        var known = new HashSet<(int, int, string?, string?)>();
        foreach (var edge in checking.Definition.Edges.Concat(ErrorEdges.Of(checking.Definition.Nodes)))
        {
            var (source, target) = (checking.Graph.IndexOf[edge.Source], checking.Graph.IndexOf[edge.Target]);
            if (!runs[source] || !runs[target] || !known.Add((source, target, edge.Port, edge.When)))
                continue;
            var way = new FlowEdge(EdgeCount++, source, target, edge);
            _outgoing[source].Add(way);
            _incoming[target].Add(way);
        }
        IsNested = Arrange([.. Enumerable.Range(0, Nodes.Count).Where(node => runs[node])], outer: null, depth: 0);
    }

    /// <summary>Makes the graph of a definition that is whole; null where its loops are not nested, which the compiler reports.</summary>
    public static FlowGraph? Of(Checking checking) =>
        checking.IsWhole && new FlowGraph(checking) is { IsNested: true } graph ? graph : null;

    public IReadOnlyList<NodeDefinition> Nodes { get; }

    /// <summary>How many ways there are.</summary>
    public int EdgeCount { get; private set; }

    /// <summary>The nodes that run, each behind all that leads forward to it; the nodes of a loop stand together.</summary>
    public IReadOnlyList<int> Order => _order;

    /// <summary>The ways that leave a node, back edges included.</summary>
    public IReadOnlyList<FlowEdge> Outgoing(int node) => _outgoing[node];

    /// <summary>The ways that lead forward to a node.</summary>
    public IEnumerable<FlowEdge> Incoming(int node) => _incoming[node].Where(edge => edge.Back is null);

    /// <summary>The loops around a node, the innermost first.</summary>
    public IEnumerable<FlowLoop> LoopsAround(int node)
    {
        for (var loop = _loops[node]; loop is not null; loop = loop.Outer)
            yield return loop;
    }

    /// <summary>All loops of the graph.</summary>
    public List<FlowLoop> Loops { get; } = [];

    private bool IsNested { get; }

    // Puts nodes into order, component by component; what leads back to a loop's header no longer counts inside of it, so that inner loops
    // show.
    private bool Arrange(int[] nodes, FlowLoop? outer, int depth)
    {
        var local = new Dictionary<int, int>(nodes.Length);
        for (var i = 0; i < nodes.Length; i++)
            local.Add(nodes[i], i);
        List<int>[] successors =
        [
            .. nodes.Select(node =>
                _outgoing[node]
                    .Where(edge => edge.Back is null && local.ContainsKey(edge.Target))
                    .Select(edge => local[edge.Target])
                    .ToList()),
        ];
        var (componentOf, count) = StronglyConnected.Components(successors);
        var members = new List<int>[count];
        for (var i = 0; i < nodes.Length; i++)
            (members[componentOf[i]] ??= []).Add(nodes[i]);
        for (var component = count - 1; component >= 0; component--)
        {
            var first = members[component][0];
            if (members[component].Count > 1 || successors[local[first]].Contains(local[first]))
            {
                if (depth == DeepestLoop || !Fold([.. members[component]], outer, depth))
                    return false;
                continue;
            }
            _loops[first] = outer;
            _order.Add(first);
        }
        return true;
    }

    private bool Fold(int[] nodes, FlowLoop? outer, int depth)
    {
        var inside = nodes.ToHashSet();
        int[] entries = [.. nodes.Where(node => Incoming(node).Any(edge => !inside.Contains(edge.Source)))];
        if (entries.Length > 1)
            return false;
        var loop = new FlowLoop(entries.Length == 1 ? entries[0] : Beginning(nodes), outer);
        Loops.Add(loop);
        outer?.Inner.Add(loop);
        foreach (var edge in Incoming(loop.Header).Where(edge => inside.Contains(edge.Source)).ToArray())
        {
            edge.Back = loop;
            loop.Back.Add(edge);
        }
        return Arrange(nodes, loop, depth + 1);
    }

    // A loop that nothing leads to begins at a start node, or else at the node authored first.
    private int Beginning(int[] nodes) => nodes.FirstOrDefault(node => _isStart[node], nodes[0]);
}

namespace Millrace.Core.Definitions.Validation.Flow;

/// <summary>
/// Which nodes are decided before which, in an iteration at hand. Only for graphs small enough to hold a bit for every pair.
/// </summary>
internal sealed class RunOrder
{
    private readonly FlowGraph _graph;
    private readonly int[] _placeOf;
    private readonly ulong[][] _surely;
    private readonly ulong[][] _possibly;

    private RunOrder(FlowGraph graph, IReadOnlyDictionary<int, JoinNeed> joins)
    {
        _graph = graph;
        _placeOf = new int[graph.Nodes.Count];
        for (var place = 0; place < graph.Order.Count; place++)
            _placeOf[graph.Order[place]] = place;
        _surely = Earlier(edge => !joins.ContainsKey(edge.Target));
        _possibly = joins.Count == 0 ? _surely : Earlier(_ => true);
    }

    /// <summary>Computes it; null for a graph beyond <see cref="DefinitionLimits.OrderChecks"/>.</summary>
    public static RunOrder? Of(FlowGraph graph, IReadOnlyDictionary<int, JoinNeed> joins) =>
        graph.Nodes.Count <= DefinitionLimits.OrderChecks ? new RunOrder(graph, joins) : null;

    /// <summary>Whether one node is decided, run or skipped, before the other can run.</summary>
    public bool Surely(int earlier, int later) => Has(_surely[_placeOf[later]], earlier);

    /// <summary>Whether a way leads from one node to the other, although a join on it may go on without waiting.</summary>
    public bool Possibly(int earlier, int later) => Has(_possibly[_placeOf[later]], earlier);

    private bool Has(ulong[] bits, int node) => (bits[_placeOf[node] / 64] & (1UL << (_placeOf[node] % 64))) != 0;

    private ulong[][] Earlier(Func<FlowEdge, bool> counts)
    {
        var words = (_graph.Order.Count + 63) / 64;
        var earlier = new ulong[_graph.Order.Count][];
        var loops = new Dictionary<FlowLoop, ulong[]>();
        for (var place = 0; place < earlier.Length; place++)
        {
            earlier[place] = new ulong[words];
            foreach (var edge in _graph.Incoming(_graph.Order[place]).Where(counts))
            {
                Add(earlier[place], earlier[_placeOf[edge.Source]]);
                Mark(earlier[place], edge.Source);
                // What a loop leads out to waits for the end of the loop.
                foreach (var loop in _graph.LoopsAround(edge.Source).Except(_graph.LoopsAround(edge.Target)))
                    Add(earlier[place], Inside(loop, loops, earlier));
            }
        }
        return earlier;
    }

    private ulong[] Inside(FlowLoop loop, Dictionary<FlowLoop, ulong[]> loops, ulong[][] earlier)
    {
        if (loops.TryGetValue(loop, out var known))
            return known;
        var inside = new ulong[earlier[0].Length];
        foreach (var node in _graph.Order.Where(node => _graph.LoopsAround(node).Contains(loop)))
        {
            Add(inside, earlier[_placeOf[node]]);
            Mark(inside, node);
        }
        loops.Add(loop, inside);
        return inside;
    }

    private void Mark(ulong[] bits, int node) => bits[_placeOf[node] / 64] |= 1UL << (_placeOf[node] % 64);

    private static void Add(ulong[] to, ulong[] from)
    {
        for (var word = 0; word < to.Length; word++)
            to[word] |= from[word];
    }
}

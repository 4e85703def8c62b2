namespace Millrace.Core.Definitions.Validation;

/// <summary>Which nodes can have run before which. Only for graphs small enough to hold a bit for every pair.</summary>
internal sealed class Ancestors
{
    private readonly NodeGraph _graph;
    private readonly ulong[][] _ancestors;
    private readonly int[] _sizes;

    private Ancestors(NodeGraph graph)
    {
        _graph = graph;
        var (componentOf, count) = graph.Components;
        var words = (count + 63) / 64;
        _ancestors = new ulong[count][];
        _sizes = new int[count];
        var members = new List<int>[count];
        for (var component = 0; component < count; component++)
            (_ancestors[component], members[component]) = (new ulong[words], []);
        for (var node = 0; node < componentOf.Length; node++)
        {
            members[componentOf[node]].Add(node);
            _sizes[componentOf[node]]++;
        }
        // Edges lead from higher components to lower ones, so every component is complete before it is handed down.
        for (var component = count - 1; component >= 0; component--)
        {
            foreach (var successor in members[component].SelectMany(graph.Successors))
                HandDown(component, componentOf[successor]);
        }
    }

    /// <summary>Computes them; null for a graph beyond <see cref="DefinitionLimits.OrderChecks"/>.</summary>
    public static Ancestors? Of(NodeGraph graph) => graph.Nodes.Count <= DefinitionLimits.OrderChecks ? new Ancestors(graph) : null;

    /// <summary>Whether there is a way from one node to the other, of at least one edge.</summary>
    public bool CanPrecede(int earlier, int later)
    {
        var componentOf = _graph.Components.ComponentOf;
        var (from, to) = (componentOf[earlier], componentOf[later]);
        return from == to
            ? _sizes[from] > 1 || _graph.Successors(earlier).Contains(earlier)
            : (_ancestors[to][from / 64] & (1UL << (from % 64))) != 0;
    }

    private void HandDown(int component, int successor)
    {
        if (component == successor)
            return;
        var (from, to) = (_ancestors[component], _ancestors[successor]);
        for (var word = 0; word < from.Length; word++)
            to[word] |= from[word];
        to[component / 64] |= 1UL << (component % 64);
    }
}

using System.Collections.Immutable;
using Millrace.Core.Nodes;

namespace Millrace.Core.Definitions.Validation;

/// <summary>
/// `data` is the output of the one edge that was taken, or an object by node id when several were. Where it depends on the execution which
/// of the two it is, whoever looks at `data` is warned.
/// </summary>
internal sealed class DataShapeChecks
{
    private const int MaxIncoming = 50;

    private readonly Checking _checking;
    private readonly List<EdgeDefinition>[] _incoming;
    private readonly bool[] _certain;
    private readonly ImmutableDictionary<int, string>[] _guards;
    private readonly HashSet<string> _withErrorPort;
    private readonly int[] _componentSizes;

    private DataShapeChecks(Checking checking)
    {
        _checking = checking;
        var count = checking.Definition.Nodes.Length;
        _incoming = new List<EdgeDefinition>[count];
        _certain = new bool[count];
        _guards = new ImmutableDictionary<int, string>[count];
        for (var node = 0; node < count; node++)
            (_incoming[node], _guards[node]) = ([], ImmutableDictionary<int, string>.Empty);
        var edges = checking.Definition.Edges.Concat(ErrorEdges.Of(checking.Definition.Nodes)).ToArray();
        _withErrorPort = edges.Where(IsErrorEdge).Select(edge => edge.Source).ToHashSet(StringComparer.Ordinal);
        foreach (var edge in edges)
        {
            if (checking.Graph.IndexOf.ContainsKey(edge.Source) && checking.Graph.IndexOf.TryGetValue(edge.Target, out var target))
                _incoming[target].Add(edge);
        }
        var (componentOf, components) = checking.Graph.Components;
        _componentSizes = new int[components];
        foreach (var component in componentOf)
            _componentSizes[component]++;
    }

    public static void Run(Checking checking, bool[] looksAtData)
    {
        if (checking.Definition.Nodes.Length > DefinitionLimits.OrderChecks)
            return;
        var checks = new DataShapeChecks(checking);
        var componentOf = checking.Graph.Components.ComponentOf;
        var order = Enumerable.Range(0, componentOf.Length).OrderByDescending(node => componentOf[node]);
        foreach (var node in order)
        {
            // In a loop the edges of one iteration and the next are never taken together; what they mean is the loop's own matter.
            if (checks._componentSizes[componentOf[node]] == 1)
                checks.Visit(node, looksAtData[node]);
        }
    }

    private void Visit(int index, bool looksAtData)
    {
        var node = _checking.Definition.Nodes[index];
        var incoming = _incoming[index];
        var gated = node.Conditions.Length > 0 && !node.BypassWhenGated;
        _certain[index] = !gated && (incoming.Count == 0 ? IsOnlyWayToStart(node) : incoming.Exists(IsCertain));
        if (incoming.Count is > 0 and <= MaxIncoming)
            _guards[index] = incoming.Select(GuardsOf).Aggregate(Common);
        if (!looksAtData || incoming.Count is < 2 or > MaxIncoming || _checking.TypeOf(node)?.Role == NodeRole.Join)
            return;
        if (!incoming.TrueForAll(IsCertain) && !AllExclude(incoming))
            _checking.Warn(
                _checking.At(node),
                "data_shape_varies",
                $"'data' at '{node.Id}' is one node's output or an object of several by node id, depending on which of its "
                    + $"{incoming.Count} incoming edges are taken. Refer to the nodes by id, or put a join before it.");
    }

    // Of several starts only the one that was triggered runs.
    private bool IsOnlyWayToStart(NodeDefinition node) =>
        _checking.TypeOf(node)?.Role != NodeRole.Start
            || _checking.Definition.Nodes.Count(other => _checking.TypeOf(other)?.Role == NodeRole.Start) == 1;

    private bool IsCertain(EdgeDefinition edge) =>
        LabelOf(edge) is null && edge.When is null && _certain[_checking.Graph.IndexOf[edge.Source]];

    private ImmutableDictionary<int, string> GuardsOf(EdgeDefinition edge)
    {
        var source = _checking.Graph.IndexOf[edge.Source];
        return LabelOf(edge) is { } label ? _guards[source].SetItem(source, label) : _guards[source];
    }

    // Where an error port is wired, success is a branch as well.
    private string? LabelOf(EdgeDefinition edge) => edge.Port ?? (_withErrorPort.Contains(edge.Source) ? "" : null);

    private static bool IsErrorEdge(EdgeDefinition edge) => string.Equals(edge.Port, "error", StringComparison.Ordinal);

    private static ImmutableDictionary<int, string> Common(ImmutableDictionary<int, string> left, ImmutableDictionary<int, string> right) =>
        left.Where(guard => right.TryGetValue(guard.Key, out var label) && string.Equals(label, guard.Value, StringComparison.Ordinal))
            .ToImmutableDictionary();

    private bool AllExclude(List<EdgeDefinition> edges)
    {
        var guards = edges.Select(GuardsOf).ToArray();
        for (var i = 0; i < guards.Length; i++)
        {
            for (var j = i + 1; j < guards.Length; j++)
            {
                if (!guards[i].Any(guard => guards[j].TryGetValue(guard.Key, out var label) && !string.Equals(label, guard.Value, StringComparison.Ordinal)))
                    return false;
            }
        }
        return true;
    }
}

using Millrace.Core.Definitions.Validation.Flow;
using Millrace.Core.Nodes;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Edges: their ids, ends and ports, and the nodes that none leads to.</summary>
internal static class EdgeChecks
{
    public static void Run(Checking checking)
    {
        WorkflowChecks.Limit(
            checking,
            checking.FieldAt(checking.Root, "edges", "connections"),
            "The workflow",
            checking.Definition.Edges.Count(checking.IsAuthored),
            DefinitionLimits.Edges,
            "edges");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var ways = new HashSet<(string, string, string?, string?)>();
        foreach (var edge in checking.Definition.Edges)
        {
            if (!ids.Add(edge.Id))
                checking.Error(checking.FieldAt(checking.At(edge), "id"), "duplicate_id", $"Another edge already has the id '{edge.Id}'.");
            if (!ways.Add((edge.Source, edge.Target, edge.Port, edge.When)))
                checking.Warn(
                    checking.At(edge),
                    "duplicate_edge",
                    $"There is an edge from '{edge.Source}' to '{edge.Target}' with the same port and condition already, so this one has "
                        + "no effect. Remove one of them.");
            var source = End(checking, edge, edge.Source, "source", "from");
            var target = End(checking, edge, edge.Target, "target", "to");
            if (source is not null)
                Port(checking, edge, source);
            if ((source ?? target) is not null && (IsComment(checking, source) || IsComment(checking, target)))
                checking.Warn(checking.At(edge), "edge_to_comment", "A comment never runs; this edge has no effect. Remove it.");
        }
        if (checking.Flow is { } flow)
            Loose(checking, flow.Graph);
    }

    private static NodeDefinition? End(Checking checking, EdgeDefinition edge, string id, string field, string otherField)
    {
        if (checking.Graph.IndexOf.TryGetValue(id, out var index) && id.Length > 0)
            return checking.Definition.Nodes[index];
        var at = checking.At(edge);
        if (id.Length == 0)
            checking.Error(at, "missing_field", $"An edge needs a '{field}'.");
        else
            checking.Unknown(
                checking.FieldAt(at, field, otherField, "step", "id"),
                "unknown_node",
                $"The edge's {field} '{id}' is not a node",
                id,
                checking.Graph.IndexOf.Keys);
        return null;
    }

    private static void Port(Checking checking, EdgeDefinition edge, NodeDefinition source)
    {
        if (edge.Port is not { } port || string.Equals(port, "error", StringComparison.Ordinal) || checking.TypeOf(source) is not { } type)
            return;
        var ports = type.AllPorts(source.Config).Append("error").ToArray();
        if (!ports.Contains(port, StringComparer.Ordinal))
            checking.Unknown(
                checking.FieldAt(checking.At(edge), "port", "sourcePort", "sourceHandle", "label"),
                "unknown_port",
                $"'{source.Id}' has no port '{port}' (it has {string.Join(", ", ports)})",
                port,
                ports);
    }

    private static bool IsComment(Checking checking, NodeDefinition? node) =>
        node is not null && checking.TypeOf(node)?.Kind == NodeKind.Comment;

    private static void Loose(Checking checking, FlowGraph graph)
    {
        var nodes = checking.Definition.Nodes;
        if (!nodes.Any(node => checking.TypeOf(node)?.Role == NodeRole.Start))
            return;
        foreach (var node in graph.Order
            .Order()
            .Where(node => nodes[node].Source.Pointer is not null && !graph.Incoming(node).Any()
                && nodes[node].Id.Length > 0 && IsMeantToFollow(checking, nodes[node])))
            checking.Warn(
                checking.At(nodes[node]),
                "unconnected_node",
                $"No edge leads to '{nodes[node].Id}', so it runs at once whenever the workflow starts. Connect it, or remove it.");
    }

    // Inputs stand beside the start by nature.
    private static bool IsMeantToFollow(Checking checking, NodeDefinition node) =>
        checking.TypeOf(node)?.Role is NodeRole.Step or NodeRole.Output or NodeRole.Join;
}

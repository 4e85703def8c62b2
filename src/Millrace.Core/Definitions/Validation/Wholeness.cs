using Millrace.Core.Definitions.Documents;
using Millrace.Core.Nodes;

namespace Millrace.Core.Definitions.Validation;

/// <summary>
/// Whether every node has an id of its own and a known type, and every edge and branch leads somewhere. Where something is missing, which
/// is reported,
/// what the graph does as a whole is anybody's guess, and guesses would bury what is wrong.
/// </summary>
internal static class Wholeness
{
    public static bool Of(Checking checking)
    {
        var indexOf = checking.Graph.IndexOf;
        var nodes = checking.Definition.Nodes;
        if (indexOf.Count != nodes.Length)
            return false;
        var edges = checking.Definition.Edges.Concat(ErrorEdges.Of(nodes)).ToArray();
        if (!Array.TrueForAll(edges, edge => indexOf.ContainsKey(edge.Source) && indexOf.ContainsKey(edge.Target)))
            return false;
        var ways = edges.Select(edge => (edge.Source, edge.Port)).ToHashSet();
        return nodes.All(node => checking.TypeOf(node) is { } type && HasBranch(node, type, "true") && HasBranch(node, type, "false"));

        // A branch that names nothing has left no edge.
        bool HasBranch(NodeDefinition node, NodeTypeDescription type, string port) =>
            !type.Ports.Contains(port, StringComparer.Ordinal)
                || JsonPointer.FindKey(node.Config, port + "Edge") is null
                || ways.Contains((node.Id, port));
    }
}

using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>
/// Turns `true_edge` and `false_edge` of a branching node's config into ports on its edges. Each names an edge id, an edge label or a
/// node id, looked for in this order; a node id gives the port to the edge that is there, or makes one, never a second.
/// </summary>
internal sealed class BranchTargets(Draft draft)
{
    private readonly Dictionary<string, List<int>> _outgoing = draft.OutgoingEdges();
    private readonly Dictionary<string, NodeDefinition> _nodes = draft.NodesById();

    public void Resolve()
    {
        foreach (var node in draft.Nodes.ToArray())
        {
            var ports = draft.PortsOf(node);
            foreach (var port in (ReadOnlySpan<string>)["true", "false"])
            {
                if (ports.Contains(port, StringComparer.Ordinal) && Documents.JsonPointer.FindKey(node.Config, port + "Edge") is { } key)
                    Resolve(node, port, key);
            }
        }
    }

    private void Resolve(NodeDefinition node, string port, string key)
    {
        var at = node.ConfigSource.At(key);
        if (!((Value)node.Config)[key].TryGetString(out var name))
            return; // Left to the check against the type's schema.
        var outgoing = _outgoing.GetValueOrDefault(node.Id) ?? [];
        if (GivePort(outgoing, port, edge => string.Equals(edge.Id, name, StringComparison.Ordinal))
            || GivePort(outgoing, port, edge => string.Equals(edge.Label, name, StringComparison.Ordinal)))
            return;
        if (_nodes.ContainsKey(name))
            Connect(node, name, port, outgoing, at);
        else
            Report(node, port, name, outgoing, at);
    }

    private bool GivePort(List<int> outgoing, string port, Predicate<EdgeDefinition> chosen)
    {
        var found = false;
        foreach (var place in outgoing)
        {
            if (!chosen(draft.Edges[place]))
                continue;
            draft.Edges[place] = draft.Edges[place] with { Port = port };
            found = true;
        }
        return found;
    }

    private void Connect(NodeDefinition node, string target, string port, List<int> outgoing, SourcePointer at)
    {
        var there = outgoing.Where(place => string.Equals(draft.Edges[place].Target, target, StringComparison.Ordinal)).ToArray();
        if (there.Any(place => string.Equals(draft.Edges[place].Port, port, StringComparison.Ordinal)))
            return;
        foreach (var place in there)
        {
            if (draft.Edges[place].Port is not null)
                continue;
            draft.Edges[place] = draft.Edges[place] with { Port = port };
            return;
        }
        if (!_outgoing.TryGetValue(node.Id, out var all))
            _outgoing.Add(node.Id, all = []);
        all.Add(draft.Edges.Count);
        draft.Edges.Add(new EdgeDefinition { Id = "", Source = node.Id, Target = target, Port = port, Location = at });
    }

    private void Report(NodeDefinition node, string port, string name, List<int> outgoing, SourcePointer at)
    {
        var candidates = outgoing.SelectMany(place => new[] { draft.Edges[place].Id, draft.Edges[place].Label ?? "" }).Concat(_nodes.Keys);
        var meant = draft.Problems.Suggestions.Closest(name, candidates);
        var advice = meant is null ? " Add a node with that id." : "";
        draft.Problems.Error(
            at,
            "unknown_branch_target",
            $"The {port} branch of '{node.Id}' names '{name}', which is neither an edge that leaves it, nor an edge's label, nor a "
                + $"node.{advice}",
            meant);
    }
}

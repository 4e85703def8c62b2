using Millrace.Core.Definitions.Reading;

namespace Millrace.Core.Definitions.Dialects;

/// <summary>Takes the list of nodes or steps of a document.</summary>
internal static class NodeList
{
    public static IEnumerable<Fields> Take(Fields root, Draft draft, string name)
    {
        foreach (var item in root.List(orOne: false, name))
        {
            if (item.Value.TryGetMap(out var map))
                yield return new Fields(map, item.At, draft.Problems);
            else
                draft.Problems.Error(item.At, "wrong_type", $"Each of the {name} must be an object, not {Fields.Describe(item.Value)}.");
        }
    }
}

/// <summary>Takes the list of edges or connections of a document.</summary>
internal static class EdgeList
{
    public static IReadOnlyList<Field> Take(Fields root, Draft draft, params ReadOnlySpan<string> names)
    {
        var edges = root.List(orOne: false, names);
        if (edges.Count <= DefinitionLimits.Edges)
            return edges;
        draft.Problems.Error(
            root.At.At(names[0]),
            "too_many_edges",
            $"The workflow has {edges.Count} {names[0]}; at most {DefinitionLimits.Edges} are allowed.");
        return [];
    }
}

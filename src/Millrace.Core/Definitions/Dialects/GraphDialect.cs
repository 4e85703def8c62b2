using Millrace.Core.Definitions.Reading;

namespace Millrace.Core.Definitions.Dialects;

/// <summary>nodes {id, type, config} and edges {source, target, port?, when?}: the canonical dialect.</summary>
internal static class GraphDialect
{
    public static void Read(Fields root, Draft draft)
    {
        var nodes = new NodeReading(draft);
        foreach (var item in NodeList.Take(root, draft, "nodes"))
            draft.Nodes.Add(nodes.Read(item));
        new EdgeReading(draft).Read(EdgeList.Take(root, draft, "edges"));
    }
}

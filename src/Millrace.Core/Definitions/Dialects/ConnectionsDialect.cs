using Millrace.Core.Definitions.Reading;

namespace Millrace.Core.Definitions.Dialects;

/// <summary>nodes and connections {from, to, condition}: a transition carries its condition.</summary>
internal static class ConnectionsDialect
{
    public static void Read(Fields root, Draft draft)
    {
        var nodes = new NodeReading(draft);
        foreach (var item in NodeList.Take(root, draft, "nodes"))
            draft.Nodes.Add(nodes.Read(item));
        new EdgeReading(draft).Read(EdgeList.Take(root, draft, "connections"));
    }
}

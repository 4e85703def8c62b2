using Millrace.Core.Definitions.Reading;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Dialects;

/// <summary>
/// React Flow's document: a node's config is `data.config`, else `config`, else `data`; a label is a name; handles are ports.
/// </summary>
internal static class CanvasDialect
{
    public static void Read(Fields root, Draft draft)
    {
        var nodes = new NodeReading(draft);
        foreach (var item in NodeList.Take(root, draft, "nodes"))
            draft.Nodes.Add(Read(item, nodes));
        new EdgeReading(draft).Read(EdgeList.Take(root, draft, "edges", "connections"));
    }

    private static NodeDefinition Read(Fields node, NodeReading nodes) =>
        node.TryTake(out var data, "data") && data.Value.Kind == ValueKind.Map ? nodes.ReadCanvas(node, data) : nodes.Read(node);
}

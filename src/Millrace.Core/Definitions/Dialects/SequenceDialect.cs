using Millrace.Core.Definitions.Reading;

namespace Millrace.Core.Definitions.Dialects;

/// <summary>
/// steps that run in order. A step whose gate fails is bypassed. A branching step that names its targets leads there and not to the next
/// step, so that a branch may skip forward; the steps after a target follow in order as ever.
/// </summary>
internal static class SequenceDialect
{
    public static void Read(Fields root, Draft draft)
    {
        var nodes = new NodeReading(draft);
        foreach (var item in NodeList.Take(root, draft, "steps"))
            draft.Nodes.Add(nodes.Read(item) with { BypassWhenGated = true });
        for (var i = 1; i < draft.Nodes.Count; i++)
        {
            if (!NamesTargets(draft, draft.Nodes[i - 1]))
                draft.Edges.Add(
                    new EdgeDefinition
                    {
                        Id = "",
                        Source = draft.Nodes[i - 1].Id,
                        Target = draft.Nodes[i].Id,
                        Location = draft.Nodes[i].Source,
                    });
        }
    }

    private static bool NamesTargets(Draft draft, NodeDefinition node) =>
        draft.PortsOf(node).Contains("true", StringComparer.Ordinal)
        && (Documents.JsonPointer.FindKey(node.Config, "trueEdge") ?? Documents.JsonPointer.FindKey(node.Config, "falseEdge")) is not null;
}

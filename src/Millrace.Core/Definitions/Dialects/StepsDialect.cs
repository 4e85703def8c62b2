using Millrace.Core.Definitions.Reading;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Dialects;

/// <summary>
/// steps that name their `nextSteps`, backwards too. A next step is an id or {step, port?, when?}. On a branching step an id gets its port,
/// in this order: from the config's true_edge and false_edge; because it is called like a port; by its place, where the type has at
/// least two fixed ports and there are not more next steps than ports (conditional: the first is true, the second false).
/// </summary>
internal static class StepsDialect
{
    public static void Read(Fields root, Draft draft)
    {
        var nodes = new NodeReading(draft);
        var next = new List<IReadOnlyList<Field>>();
        foreach (var item in NodeList.Take(root, draft, "steps"))
        {
            next.Add(item.List(orOne: true, "nextSteps", "next"));
            draft.Nodes.Add(nodes.Read(item));
        }
        for (var i = 0; i < draft.Nodes.Count; i++)
            Connect(draft.Nodes[i], next[i], draft);
    }

    private static void Connect(NodeDefinition step, IReadOnlyList<Field> next, Draft draft)
    {
        var edges = next.Select(item => ReadNext(step, item, draft)).OfType<EdgeDefinition>().ToArray();
        var type = draft.Catalog.Find(step.Type);
        var ports = draft.PortsOf(step);
        if (ports.Count > 0 && !NamesTargets(step))
        {
            for (var i = 0; i < edges.Length; i++)
            {
                var called = ports.FirstOrDefault(port => edges[i].Port is null && Naming.Same(port, edges[i].Target));
                edges[i] = called is null ? edges[i] : edges[i] with { Port = called };
            }
            if (type is { Ports.Length: >= 2 } && edges.All(edge => edge.Port is null))
                ByPlace(step, edges, [.. ports], draft);
        }
        draft.Edges.AddRange(edges);
    }

    private static void ByPlace(NodeDefinition step, EdgeDefinition[] edges, string[] ports, Draft draft)
    {
        if (edges.Length > ports.Length)
        {
            draft.Problems.Warn(
                step.Source,
                "ambiguous_branch",
                $"'{step.Id}' branches, but it is unclear which port each of its {edges.Length} next steps belongs to "
                    + $"({string.Join(", ", ports)}); all of them will run.",
                "write next steps as {\"step\": ID, \"port\": PORT}");
            return;
        }
        for (var i = 0; i < edges.Length; i++)
            edges[i] = edges[i] with { Port = ports[i] };
    }

    private static EdgeDefinition? ReadNext(NodeDefinition step, Field item, Draft draft)
    {
        var edge = new EdgeDefinition { Id = "", Source = step.Id, Target = "", Location = item.At };
        if (item.Value.TryGetString(out var id))
            return edge with { Target = id };
        if (item.Value.Kind is ValueKind.Int or ValueKind.UInt)
            return edge with { Target = item.Value.ToJson() };
        if (!item.Value.TryGetMap(out var map))
        {
            draft.Problems.Error(
                item.At, "wrong_type", $"A next step must be a step's id, or {{step, port, when}}, not {Fields.Describe(item.Value)}.");
            return null;
        }
        var fields = new Fields(map, item.At, draft.Problems);
        edge = edge with
        {
            Target = fields.Label("step", "target", "id", "to") ?? "",
            Port = fields.Text("port"),
            When = PolicyReading.Condition(fields, draft.Problems, "when", "condition"),
            Label = fields.Text("label"),
        };
        fields.WarnAboutRest("A next step", ["step", "port", "when", "label"]);
        return edge;
    }

    private static bool NamesTargets(NodeDefinition step) =>
        (Documents.JsonPointer.FindKey(step.Config, "trueEdge") ?? Documents.JsonPointer.FindKey(step.Config, "falseEdge")) is not null;
}

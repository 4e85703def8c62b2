using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Dialects;

/// <summary>Recognises a document's dialect by its shape.</summary>
internal static class DialectDetector
{
    private const string LookedFor =
        "a workflow has 'nodes' with 'edges' {source, target}, 'nodes' with a 'data' object each (React Flow), " +
        "'nodes' with 'connections' {from, to}, or 'steps' (in order, or with 'nextSteps')";

    /// <summary>The dialect, or null and the reason why there is none.</summary>
    public static Dialect? Detect(Value document, SourcePointer at, ProblemList problems)
    {
        if (!document.TryGetMap(out var map))
        {
            Refuse(at, problems, $"The document is {Reading.Fields.Describe(document)}; {LookedFor}.");
            return null;
        }
        var nodes = Find(document, "nodes");
        var steps = Find(document, "steps");
        if (nodes.Kind == ValueKind.List && steps.Kind == ValueKind.List)
        {
            Refuse(
                at,
                problems,
                "The document has both 'nodes' and 'steps', so it is unclear which of them is the workflow. Remove one of them.");
            return null;
        }
        if (steps.TryGetList(out var stepList))
            return stepList.Any(step => HasAny(step, "nextSteps", "next")) ? Dialect.Steps : Dialect.Sequence;
        if (nodes.TryGetList(out var nodeList))
            return DetectNodes(document, nodeList);
        Refuse(at, problems, $"The document is not a workflow: {LookedFor}; {Found(map)}.{Advice(document, nodes, steps)}");
        return null;
    }

    private static Dialect DetectNodes(Value document, ListValue nodes)
    {
        if (nodes.Any(node => node["data"].Kind == ValueKind.Map))
            return Dialect.Canvas;
        return HasAny(document, "connections") && !HasAny(document, "edges") ? Dialect.Connections : Dialect.Graph;
    }

    private static string Advice(Value document, Value nodes, Value steps)
    {
        if (nodes.Kind == ValueKind.Map || steps.Kind == ValueKind.Map)
            return " Write them as a list, each with its 'id'.";
        if (HasAny(document, "type") && HasAny(document, "config", "id"))
            return " This is a single node: put it into 'nodes' of a workflow.";
        return HasAny(document, "workflow", "definition") ? " Send the content of 'workflow' or 'definition' by itself." : "";
    }

    private static string Found(MapValue map) => map.Count == 0
        ? "this one is empty"
        : "this one has " + string.Join(", ", map.Entries.ToArray().Take(8).Select(entry => $"'{Shorten(entry.Key.AsString())}'"));

    private static string Shorten(string key) => key.Length <= 40 ? key : key[..40] + "...";

    private static void Refuse(SourcePointer at, ProblemList problems, string message) => problems.Error(at, "unknown_dialect", message);

    private static Value Find(Value value, string name) => Documents.JsonPointer.FindKey(value, name) is { } key ? value[key] : Value.Null;

    private static bool HasAny(Value value, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!Find(value, name).IsNull)
                return true;
        }
        return false;
    }
}

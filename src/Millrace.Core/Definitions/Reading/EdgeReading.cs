using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads the edges of the dialects that list them.</summary>
internal sealed class EdgeReading(Draft draft)
{
    private static readonly string[] KnownFields = ["id", "source", "target", "port", "when", "label", "maxIterations"];

    private static readonly string[] CanvasFields =
        ["type", "targetHandle", "data", "animated", "selected", "hidden", "style", "className", "markerStart", "markerEnd", "labelStyle", "labelShowBg",
         "labelBgStyle", "labelBgPadding", "labelBgBorderRadius", "zIndex", "deletable", "focusable", "selectable", "reconnectable", "updatable",
         "interactionWidth", "pathOptions", "sourceX", "sourceY", "targetX", "targetY"];

    private static readonly string[] DefaultHandles =
    [
        "output", "source", "out", "default", "main", "right", "bottom", "left", "top", "a", "null", "",
    ];

    private readonly Dictionary<string, NodeDefinition> _nodes = draft.NodesById();

    /// <summary>Reads a list of edges and adds them to the draft, which must have its nodes already.</summary>
    public void Read(IReadOnlyList<Field> edges)
    {
        foreach (var edge in edges)
        {
            if (edge.Value.TryGetMap(out var map))
                draft.Edges.Add(Read(new Fields(map, edge.At, draft.Problems), edge.Value["data"]));
            else
                draft.Problems.Error(
                    edge.At, "wrong_type", $"An edge must be an object {{source, target}}, not {Fields.Describe(edge.Value)}.");
        }
    }

    private EdgeDefinition Read(Fields fields, Value canvasData)
    {
        var source = fields.Label("source", "from") ?? "";
        var port = PortText(fields, "port", "sourcePort");
        var handle = PortText(fields, "sourceHandle");
        var label = fields.Label("label");
        var edge = new EdgeDefinition
        {
            Id = fields.Label("id") ?? "",
            Source = source,
            Target = fields.Label("target", "to") ?? "",
            Label = label,
            When = PolicyReading.Condition(fields, draft.Problems, "when", "condition") ?? Condition(canvasData, fields.At.At("data")),
            MaxIterations = fields.Integer("maxIterations"),
            Location = fields.At,
        };
        fields.Ignore(CanvasFields);
        fields.WarnAboutRest("An edge", KnownFields);
        _nodes.TryGetValue(source, out var node);
        return edge with { Port = port ?? PortOfHandle(node, handle) ?? PortOfLabel(node, label) };
    }

    // YAML's and JSON's true and false name ports as well as text does.
    private static string? PortText(Fields fields, params ReadOnlySpan<string> names)
    {
        if (!fields.TryTake(out var field, names))
            return null;
        if (field.Value.TryGetBool(out var flag))
            return flag ? "true" : "false";
        if (field.Value.TryGetString(out var text))
            return text.Length == 0 ? null : text;
        if (field.Value.TryGetInt(out var number))
            return number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        fields.WrongType(field, "the name of a port");
        return null;
    }

    private string? Condition(Value data, SourcePointer at) => data.TryGetMap(out var map)
        ? PolicyReading.Condition(new Fields(map, at, draft.Problems), draft.Problems, "when", "condition")
        : null;

    // A handle is a place on the canvas. It means a port where the node has such a port; on a node that has ports at all, any other
    // handle that is not one of the usual ones is kept, so that validation can name it.
    private string? PortOfHandle(NodeDefinition? node, string? handle)
    {
        if (handle is null || node is null)
            return null;
        var ports = draft.PortsOf(node);
        if (FindPort(ports, handle) is { } port)
            return port;
        return ports.Count == 0 || Naming.IsOneOf(handle, DefaultHandles) ? null : handle;
    }

    // A label is for people, but on a branch people write the port there.
    private string? PortOfLabel(NodeDefinition? node, string? label)
    {
        if (label is null || node is null)
            return null;
        var ports = draft.PortsOf(node);
        var answer = label.Trim().ToUpperInvariant() switch { "YES" => "true", "NO" => "false", _ => label.Trim() };
        return FindPort(ports, label.Trim()) ?? (ports.Contains(answer, StringComparer.Ordinal) ? answer : null);
    }

    private static string? FindPort(IReadOnlyCollection<string> ports, string name) =>
        ports.FirstOrDefault(port => string.Equals(port, name, StringComparison.Ordinal))
        ?? ports.FirstOrDefault(port => string.Equals(port, name, StringComparison.OrdinalIgnoreCase))
        ?? (string.Equals(name, "error", StringComparison.OrdinalIgnoreCase) ? "error" : null);
}

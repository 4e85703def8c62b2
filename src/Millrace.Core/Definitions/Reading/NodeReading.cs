using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads the fields that a node has in every dialect.</summary>
internal sealed class NodeReading(Draft draft)
{
    /// <summary>Fields that belong to the node and never to its config.</summary>
    public static readonly ImmutableArray<string> NodeFields =
        [
            "conditions", "onError", "retry", "maxRetries", "timeout", "cache", "outputSchema", "compensation", "inDoubt", "disabled",
            "position", "notes",
        ];

    private static readonly string[] KnownFields = [.. NodeFields, "id", "name", "type", "config", "bypassWhenGated"];

    private static readonly string[] CanvasFields =
    [
        "width", "height", "selected", "dragging", "measured", "positionAbsolute", "zIndex", "style", "className", "draggable", "selectable",
        "connectable", "deletable", "hidden", "sourcePosition", "targetPosition", "extent", "parentId", "parentNode", "expandParent",
        "handleBounds", "handles", "origin", "resizing", "focusable", "ariaLabel", "dragHandle", "initialWidth", "initialHeight", "icon", "color",
    ];

    private ProblemList Problems => draft.Problems;

    /// <summary>Reads a node whose config is its `config`.</summary>
    public NodeDefinition Read(Fields fields)
    {
        var type = fields.Text("type") ?? "";
        return Read([fields], type, fields.Map("config"));
    }

    /// <summary>Reads a node of React Flow, whose `data` holds what is not drawing.</summary>
    public NodeDefinition ReadCanvas(Fields node, Field data)
    {
        var type = node.Text("type") ?? "";
        var map = data.Value.AsMap();
        if (draft.Catalog.Find(type) is null
            && (data.Value["type"].TryGetString(out var inner) || data.Value["nodeType"].TryGetString(out inner))
            && draft.Catalog.Find(inner) is not null)
            type = inner;
        if (new Fields(map, data.At, Problems).Map("config") is { } config)
        {
            var beside = new Fields(map, data.At, Problems);
            beside.Ignore("config", "type", "nodeType");
            return Read([node, beside], type, config);
        }
        if (node.Map("config") is { } own)
            return Read([node, new Fields(map, data.At, Problems)], type, own);
        var all = new Fields(map, data.At, Problems, withheld: name => ConfigNames.Declares(draft.Catalog.Find(type), name));
        all.Ignore("type", "nodeType");
        return Read([node, all], type, null, restIsConfig: data);
    }

    private NodeDefinition Read(Fields[] sources, string authoredType, Field? config, Field? restIsConfig = null)
    {
        var type = draft.Catalog.Find(authoredType);
        var (onError, retryOnError) = FirstValue(sources, f => PolicyReading.OnError(f, Problems)) ?? (ErrorHandling.Fail, null);
        var node = new NodeDefinition
        {
            Id = sources[0].Label("id") ?? "",
            Name = First(sources, f => f.Text("name", "label", "title")),
            Type = type?.Type ?? authoredType,
            Conditions = [.. sources.SelectMany(Conditions)],
            BypassWhenGated = sources[0].Flag("bypassWhenGated") ?? false,
            OnError = onError,
            Retry = First(sources, f => PolicyReading.Retry(f, Problems)) ?? retryOnError,
            Timeout = FirstValue(sources, f => f.Duration(1_000, "timeout")),
            Cache = First(sources, f => PolicyReading.Cache(f, Problems)),
            OutputSchema = FirstValue(sources, f => f.Map("outputSchema"))?.Value ?? Value.Null,
            Compensation = Canonical(First(sources, f => PolicyReading.Compensation(f, Problems))),
            InDoubt = FirstValue(sources, f => PolicyReading.InDoubt(f, Problems)),
            Disabled = FirstValue(sources, f => f.Flag("disabled")) ?? false,
            Position = FirstValue(sources, f => f.Map("position"))?.Value ?? Value.Null,
            Notes = First(sources, f => f.Text("notes", "description")),
            Source = sources[0].At,
        };
        return WithConfig(node, sources, type, config, restIsConfig);
    }

    private NodeDefinition WithConfig(NodeDefinition node, Fields[] sources, NodeTypeDescription? type, Field? config, Field? restIsConfig)
    {
        foreach (var source in sources)
            source.Ignore(CanvasFields);
        if (restIsConfig is { } data)
            config = new Field(sources[1].Rest(), data.At);
        else if (sources.Length > 1)
            sources[1].WarnAboutRest("The data of a node", KnownFields);
        sources[0].WarnAboutRest("A node", KnownFields, name => ConfigNames.Declares(type, name) ? $"config.{name}" : null);
        if (config is not { } found)
            return node with { ConfigSource = node.Source };
        var map = ConfigNames.Canonical(type, found.Value.AsMap());
        node = node with { Config = map, ConfigSource = found.At };
        return ConfigNames.IsFree(type) ? node : WithoutNodeFields(node, type!);
    }

    // Node fields inside config do nothing there. The seeds' max_retries is the exception: its authors put it wherever a step's settings
    // are.
    private NodeDefinition WithoutNodeFields(NodeDefinition node, NodeTypeDescription type)
    {
        var kept = new MapBuilder();
        foreach (var entry in node.Config.Entries)
        {
            var key = entry.Key.AsString();
            if (!Naming.IsOneOf(key, NodeFields.AsSpan()) || ConfigNames.Declares(type, key))
            {
                kept.Set(key, entry.Value);
                continue;
            }
            var isRetry = Naming.IsOneOf(key, ["retry", "maxRetries"]);
            Problems.Warn(
                node.ConfigSource.At(key),
                "node_field_in_config",
                $"'{key}' is a field of the node, not of its config; {(isRetry ? "it is read as if it stood there" : "it is ignored here")}. Move it to {node.Source.At(key)}.");
            if (isRetry && node.Retry is null)
                node = node with
                {
                    Retry = PolicyReading.Retry(new Fields(MapValue.Of(key, entry.Value), node.ConfigSource, Problems), Problems),
                };
        }
        return kept.Count == node.Config.Count ? node : node with { Config = kept.Build() };
    }

    private CompensationDefinition? Canonical(CompensationDefinition? compensation) =>
        compensation is not null && draft.Catalog.Find(compensation.Type) is { } type
            ? compensation with { Type = type.Type, Config = ConfigNames.Canonical(type, compensation.Config) }
            : compensation;

    private IEnumerable<GateCondition> Conditions(Fields fields)
    {
        foreach (var item in fields.List(orOne: true, "conditions"))
        {
            if (item.Value.TryGetString(out var expression))
                yield return new GateCondition(expression, null, null, Value.Null, item.At);
            else if (item.Value.TryGetMap(out var map))
                yield return Condition(new Fields(map, item.At, Problems));
            else
                fields.WrongType(item, "an expression, or an object {field, operator, value}");
        }
    }

    private static GateCondition Condition(Fields fields)
    {
        var expression = fields.Text("expression", "condition");
        var field = fields.Text("field");
        var comparison = fields.Text("operator", "op") ?? (field is null ? null : "equals");
        var operand = fields.TryTake(out var value, "value", "operand") ? value.Value : Value.Null;
        fields.WarnAboutRest("A condition", ["field", "operator", "value", "expression"]);
        return new GateCondition(expression, field, comparison, operand, fields.At);
    }

    // Every source is asked, so that a field given twice is not called unknown; the first answer counts.
    private static T? First<T>(Fields[] sources, Func<Fields, T?> read) where T : class =>
        sources.Select(read).ToArray().FirstOrDefault(answer => answer is not null);

    private static T? FirstValue<T>(Fields[] sources, Func<Fields, T?> read) where T : struct =>
        sources.Select(read).ToArray().FirstOrDefault(answer => answer is not null);
}

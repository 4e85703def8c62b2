using System.Collections.Immutable;
using Millrace.Core.Definitions.Dialects;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Reading;

/// <summary>Reads a whole document whose dialect is known.</summary>
internal static class WorkflowReading
{
    /// <summary>The name of a workflow that was given none.</summary>
    public const string Unnamed = "Untitled workflow";

    private static readonly string[] KnownFields =
        [
            "id", "name", "description", "version", "isActive", "trigger", "triggers", "nodes", "edges", "steps", "connections",
            "variables", "inputSchema", "tags", "settings",
        ];

    // What the server owns is ignored in bodies, so that what was read can be sent back; the rest is drawing.
    private static readonly string[] IgnoredFields =
        ["tenantId", "organizationId", "owner", "createdAt", "updatedAt", "status", "executionStats", "lastExecuted", "definition", "dialect", "draft", "problems",
         "viewport", "metadata", "meta"];

    public static WorkflowDefinition? Read(MapValue document, Dialect dialect, Draft draft)
    {
        var root = new Fields(document, default, draft.Problems);
        var definition = ReadHeader(root, draft) with { Dialect = dialect };
        if (HasTooManyNodes(document, root.At, draft))
            return null;
        ReadGraph(root, dialect, draft);
        if (draft.Edges.Count > DefinitionLimits.Edges)
        {
            draft.Problems.Error(
                default, "too_many_edges", $"The workflow has {draft.Edges.Count} edges; at most {DefinitionLimits.Edges} are allowed.");
            return null;
        }
        StartNode.AddWhereMissing(draft);
        EdgeIds.Assign(draft.Edges);
        root.Ignore(IgnoredFields);
        root.WarnAboutRest("A workflow", KnownFields, name => SettingsReading.Declares(name) ? $"settings.{name}" : null);
        return definition with { Nodes = [.. draft.Nodes], Edges = [.. draft.Edges] };
    }

    /// <summary>Reads a graph inside a node: it begins at its roots, and says nothing about a workflow.</summary>
    public static WorkflowDefinition? ReadBody(MapValue document, SourcePointer at, Dialect dialect, Draft draft)
    {
        var root = new Fields(document, at, draft.Problems);
        if (HasTooManyNodes(document, at, draft))
            return null;
        ReadGraph(root, dialect, draft);
        EdgeIds.Assign(draft.Edges);
        root.WarnAboutRest("A body", ["nodes", "edges", "steps"]);
        return new WorkflowDefinition { Name = "body", Dialect = dialect, Nodes = [.. draft.Nodes], Edges = [.. draft.Edges] };
    }

    private static void ReadGraph(Fields root, Dialect dialect, Draft draft)
    {
        switch (dialect)
        {
            case Dialect.Graph: GraphDialect.Read(root, draft); break;
            case Dialect.Canvas: CanvasDialect.Read(root, draft); break;
            case Dialect.Steps: StepsDialect.Read(root, draft); break;
            case Dialect.Sequence: SequenceDialect.Read(root, draft); break;
            case Dialect.Connections: ConnectionsDialect.Read(root, draft); break;
            default: throw new ArgumentOutOfRangeException(nameof(dialect));
        }
        new BranchTargets(draft).Resolve();
        WaitingWebhooks.Resolve(draft);
    }

    private static bool HasTooManyNodes(MapValue document, SourcePointer at, Draft draft)
    {
        foreach (var name in (ReadOnlySpan<string>)["nodes", "steps"])
        {
            if (Documents.JsonPointer.FindKey(document, name) is not { } key
                || !((Value)document)[key].TryGetList(out var list)
                || list.Count <= DefinitionLimits.Nodes)
                continue;
            draft.Problems.Error(
                at.At(key),
                "too_many_nodes",
                $"The workflow has {list.Count} {name}; at most {DefinitionLimits.Nodes} are allowed. Split it into subworkflows.");
            return true;
        }
        return false;
    }

    private static WorkflowDefinition ReadHeader(Fields root, Draft draft) => new()
    {
        Id = root.Text("id"),
        Name = root.Text("name") is { Length: > 0 } name ? name : Unnamed,
        Description = root.Text("description"),
        VersionLabel = VersionLabel(root),
        IsActive = root.Flag("isActive", "active") ?? true,
        Triggers = [.. TriggerReading.Read(root, draft)],
        Variables = Variables(root, draft.Problems),
        InputSchema = root.Map("inputSchema")?.Value ?? Value.Null,
        Tags = [.. PolicyReading.Texts(root.List(orOne: true, "tags"), root)],
        Settings = SettingsReading.Read(root, draft.Problems),
        Nodes = [],
    };

    // A whole number is the server's own count, sent back; anything else is the author's label.
    private static string? VersionLabel(Fields root)
    {
        if (!root.TryTake(out var version, "version") || version.Value.Kind == ValueKind.Int)
            return null;
        if (version.Value.TryGetString(out var text))
            return text;
        if (version.Value.Kind == ValueKind.Double)
            return version.Value.ToJson();
        root.WrongType(version, "text such as \"1.0\"");
        return null;
    }

    private static MapValue Variables(Fields root, ProblemList problems)
    {
        if (!root.TryTake(out var field, "variables"))
            return MapValue.Empty;
        if (field.Value.TryGetMap(out var map))
            return map;
        if (!field.Value.TryGetList(out var list))
        {
            root.WrongType(field, "an object of initial values");
            return MapValue.Empty;
        }
        var variables = new MapBuilder();
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i].TryGetString(out var bare))
                variables.Set(bare, Value.Null);
            else if (list[i]["name"].TryGetString(out var name))
                variables.Set(name, list[i]["value"].IsNull ? list[i]["default"] : list[i]["value"]);
            else
                problems.Error(field.At.At(i), "wrong_type", $"A variable must be {{name, value}}, not {Fields.Describe(list[i])}.");
        }
        return variables.Build();
    }
}

using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>What a workflow says about itself: id, names, tags, variables, schema, settings, triggers.</summary>
internal static class WorkflowChecks
{
    public static void Run(Checking checking)
    {
        var definition = checking.Definition;
        var root = new SourcePointer("");
        if (definition.Id is { } id && !IsWorkflowId(id))
            checking.Error(checking.FieldAt(root, "id"), "invalid_id", "A workflow's id has 1 to 64 letters, digits, '_' or '-'.");
        if (string.Equals(definition.Name, Reading.WorkflowReading.Unnamed, StringComparison.Ordinal))
            checking.Warn(checking.FieldAt(root, "name"), "missing_name", $"The workflow has no name; it is called '{definition.Name}'.");
        Name(checking, checking.FieldAt(root, "name"), definition.Name);
        Limit(
            checking,
            checking.FieldAt(root, "description"),
            "The description",
            definition.Description?.Length ?? 0,
            DefinitionLimits.DescriptionLength,
            "characters");
        Limit(
            checking,
            checking.FieldAt(root, "version"),
            "The version label",
            definition.VersionLabel?.Length ?? 0,
            DefinitionLimits.NameLength,
            "characters");
        Limit(checking, checking.FieldAt(root, "tags"), "The list of tags", definition.Tags.Length, DefinitionLimits.Tags, "entries");
        Limit(
            checking,
            checking.FieldAt(root, "variables"),
            "The map of variables",
            definition.Variables.Count,
            DefinitionLimits.Variables,
            "entries");
        Limit(
            checking,
            checking.FieldAt(root, "triggers", "trigger"),
            "The list of triggers",
            definition.Triggers.Length,
            DefinitionLimits.Triggers,
            "entries");
        foreach (var tag in definition.Tags)
            Name(checking, checking.FieldAt(root, "tags"), tag);
        JsonSchema(checking, checking.FieldAt(root, "inputSchema"), definition.InputSchema);
        Settings(checking, checking.FieldAt(root, "settings"), definition.Settings);
        Triggers(checking);
    }

    public static bool IsWorkflowId(string id) =>
        id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    public static void Name(Checking checking, SourcePointer at, string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > DefinitionLimits.NameLength || name.Any(char.IsControl))
            checking.Error(
                at, "invalid_name", $"A name or tag has 1 to {DefinitionLimits.NameLength} characters and no control characters.");
    }

    public static void Limit(Checking checking, SourcePointer at, string what, int count, int limit, string unit)
    {
        if (count > limit)
            checking.Error(at, "limit_exceeded", $"{what} has {count} {unit}; at most {limit} are allowed.");
    }

    public static void JsonSchema(Checking checking, SourcePointer at, Value schema)
    {
        if (schema.IsNull)
            return;
        Schema.Compile(schema, out var problems);
        foreach (var problem in problems)
            checking.Error(checking.PartAt(at, problem.Pointer), "invalid_schema", problem.Message);
    }

    private static void Settings(Checking checking, SourcePointer at, WorkflowSettings settings)
    {
        if (settings.Timeout is { } timeout && timeout <= TimeSpan.Zero)
            checking.Error(checking.FieldAt(at, "timeout"), "out_of_range", "A timeout must be positive.");
        LimitChecks.Run(checking, at, settings);
        if (Math.Abs((long)settings.Priority) > DefinitionLimits.Priority)
            checking.Error(
                checking.FieldAt(at, "priority"),
                "out_of_range",
                $"The priority must be between -{DefinitionLimits.Priority} and {DefinitionLimits.Priority}.");
        if (settings.Retry is { } retry)
            NodeChecks.Retry(checking, at, retry);
    }

    private static void Triggers(Checking checking)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var trigger in checking.Definition.Triggers)
        {
            var at = trigger.Source.Pointer is null ? checking.FieldAt(new SourcePointer(""), "triggers") : trigger.Source;
            if (trigger.Type.Length == 0)
                checking.Error(at, "missing_field", "A trigger needs a 'type'.");
            else if (!TriggerTypes.All.Contains(trigger.Type, StringComparer.Ordinal))
                UnknownType(checking, checking.FieldAt(at, "type"), trigger.Type);
            if (!IsWorkflowId(trigger.Id))
                checking.Error(checking.FieldAt(at, "id"), "invalid_id", "A trigger's id has 1 to 64 letters, digits, '_' or '-'.");
            else if (!ids.Add(trigger.Id))
                checking.Error(checking.FieldAt(at, "id"), "duplicate_id", $"Another trigger already has the id '{trigger.Id}'.");
            if (string.Equals(trigger.Type, TriggerTypes.Webhook, StringComparison.Ordinal) && checking.TypeOf("webhook") is { } webhook)
                ConfigChecks.Check(checking, webhook, WithPath(trigger.Config), checking.FieldAt(at, "config"));
            if (trigger.Target is { } target && !checking.Graph.IndexOf.ContainsKey(target))
                checking.Unknown(
                    checking.FieldAt(at, "target", "nodeId", "node"),
                    "unknown_trigger_target",
                    $"The trigger starts the node '{target}', which does not exist",
                    target,
                    checking.Graph.IndexOf.Keys);
        }
    }

    // Without a path, a webhook trigger answers at the workflow's id.
    private static MapValue WithPath(MapValue config) =>
        ((Value)config)["path"].IsNull ? new MapBuilder(config).Set("path", "id").Build() : config;

    private static void UnknownType(Checking checking, SourcePointer at, string type)
    {
        var usual = type.ToUpperInvariant() switch
        {
            "CRON" or "TIMER" or "INTERVAL" or "SCHEDULED" => TriggerTypes.Schedule,
            "HTTP" or "HOOK" => TriggerTypes.Webhook,
            "API" or "USER" => TriggerTypes.Manual,
            "MESSAGE" or "PUBSUB" => TriggerTypes.Event,
            _ => null,
        };
        checking.Unknown(
            at,
            "unknown_trigger_type",
            $"unknown trigger type '{type}' (there are {string.Join(", ", TriggerTypes.All)})",
            usual ?? type,
            TriggerTypes.All);
    }
}

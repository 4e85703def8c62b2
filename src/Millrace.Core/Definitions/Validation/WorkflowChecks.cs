using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>What a workflow says about itself: id, names, tags, variables, schema and settings.</summary>
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
        TriggerChecks.Run(checking);
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
}

using Millrace.Core.Definitions.Documents;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Validation;

/// <summary>Configs against the schemas of their types.</summary>
internal static class ConfigChecks
{
    public static void Run(Checking checking)
    {
        foreach (var node in checking.Definition.Nodes)
        {
            if (checking.TypeOf(node) is { } type)
                Check(checking, type, node.Config, checking.ConfigAt(node));
            if (node.Compensation is { } compensation && checking.TypeOf(compensation.Type) is { } undo)
                Check(checking, undo, compensation.Config, CompensationAt(checking, node));
        }
    }

    /// <summary>Where the config of a node's compensation stands.</summary>
    public static SourcePointer CompensationAt(Checking checking, NodeDefinition node) =>
        checking.FieldAt(checking.FieldAt(checking.At(node), "compensation", "compensate"), "config");

    /// <summary>One config against the schema of a type.</summary>
    public static void Check(Checking checking, NodeTypeDescription type, MapValue config, SourcePointer at)
    {
        if (checking.ConfigSchemaOf(type) is not { } schema)
            return;
        foreach (var problem in schema.ValidateTemplate(config))
        {
            var code = problem.Keyword switch { "required" => "missing_field", "type" => "wrong_type", _ => "invalid_value" };
            // A missing field is named by the message itself.
            var named = problem.Keyword is "required" ? problem.Pointer[..problem.Pointer.LastIndexOf('/')] : problem.Pointer;
            checking.Error(checking.PartAt(at, problem.Pointer), code, $"{Where(type, named)}: {problem.Message}");
        }
        FindUnknown(checking, new Level(type, type.ConfigSchema, at), [type.ConfigSchema], config, "");
    }

    private static string Where(NodeTypeDescription type, string pointer) =>
        pointer.Length == 0 ? type.Type : $"{type.Type} config {pointer[1..].Replace('/', '.')}";

    private sealed record Level(NodeTypeDescription Type, Value Root, SourcePointer At);

    // Walks value and schemas together. Several schemas, because alternatives may all be meant; a field is unknown where none has it.
    private static void FindUnknown(Checking checking, Level level, IReadOnlyList<Value> schemas, Value value, string pointer)
    {
        var found = new List<Value>();
        foreach (var schema in schemas)
            Flatten(level.Root, schema, found, 0);
        if (value.TryGetList(out var list))
        {
            var items = found.Select(schema => schema["items"]).Where(schema => !schema.IsNull).ToArray();
            for (var i = 0; i < list.Count && items.Length > 0; i++)
                FindUnknown(checking, level, items, list[i], $"{pointer}/{i}");
        }
        else if (value.TryGetMap(out var map) && !found.Exists(IsOpen))
            ReportUnknown(
                checking, level, [.. found.Select(schema => schema["properties"]).Where(properties => !properties.IsNull)], map, pointer);
    }

    private static void ReportUnknown(Checking checking, Level level, Value[] properties, MapValue map, string pointer)
    {
        if (properties.Length == 0)
            return;
        foreach (var entry in map.Entries)
        {
            var key = entry.Key.AsString();
            var schemas = properties.Where(known => known.AsMap().TryGet(key, out _)).Select(known => known[key]).ToArray();
            var place = pointer + "/" + JsonPointer.Escape(key);
            if (schemas.Length > 0)
            {
                FindUnknown(checking, level, schemas, entry.Value, place);
                continue;
            }
            var names = properties.SelectMany(known => known.AsMap().Entries.ToArray()).Select(known => known.Key.AsString());
            var suggestion = checking.Problems.Suggestions.Closest(key, names);
            checking.Warn(
                checking.PartAt(level.At, place),
                "unknown_field",
                $"{Where(level.Type, pointer)} has no field '{key}', so it is ignored.",
                suggestion);
        }
    }

    private static void Flatten(Value root, Value schema, List<Value> into, int depth)
    {
        if (depth > 16 || into.Count > 64)
            return;
        if (schema["$ref"].TryGetString(out var reference) && reference.StartsWith('#'))
            Flatten(root, JsonPointer.Follow(root, reference[1..]), into, depth + 1);
        foreach (var combination in (ReadOnlySpan<string>)["anyOf", "oneOf", "allOf"])
        {
            if (!schema[combination].TryGetList(out var parts))
                continue;
            foreach (var part in parts)
                Flatten(root, part, into, depth + 1);
        }
        foreach (var branch in (ReadOnlySpan<string>)["then", "else"])
        {
            if (!schema[branch].IsNull)
                Flatten(root, schema[branch], into, depth + 1);
        }
        into.Add(schema);
    }

    // Whether an object may have any fields by this schema: it says so, or it is an object without a list of properties.
    private static bool IsOpen(Value schema)
    {
        var additional = schema["additionalProperties"];
        if (additional.Kind == ValueKind.Map || (additional.TryGetBool(out var any) && any) || schema.Kind == ValueKind.Bool)
            return true;
        return schema["properties"].IsNull && (schema["type"].IsNull ? IsBare(schema) : AllowsObjects(schema["type"]));
    }

    private static bool AllowsObjects(Value type) => type.TryGetList(out var types) ? types.Contains("object") : type.Equals("object");

    private static bool IsBare(Value schema) =>
        schema["$ref"].IsNull && schema["anyOf"].IsNull && schema["oneOf"].IsNull && schema["allOf"].IsNull && schema["required"].IsNull;
}

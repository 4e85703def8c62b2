using System.Collections.Immutable;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>The field holds CEL, not a template.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExpressionFieldAttribute : Attribute;

/// <summary>The field, and everything below it, may refer to secrets.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretFieldAttribute : Attribute;

/// <summary>The field is taken as it is, braces included.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class VerbatimFieldAttribute : Attribute;

/// <summary>
/// Derives the JSON schema of a config record, and which of its fields are expressions, secret or verbatim. Descriptions come from
/// <see cref="DescriptionAttribute"/>, requiredness from <c>required</c>, choices from enums.
/// </summary>
public static class ConfigSchema
{
    private static readonly JsonSchemaExporterOptions ExporterOptions = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Annotate,
    };

    internal static NodeTypeDescription Complete(NodeTypeDescription description, Type config) => description with
    {
        ConfigSchema = Derive(config),
        ExpressionFields = [.. description.ExpressionFields, .. Fields<ExpressionFieldAttribute>(config, "")],
        SecretFields = [.. description.SecretFields, .. Fields<SecretFieldAttribute>(config, "")],
        VerbatimFields = [.. description.VerbatimFields, .. Fields<VerbatimFieldAttribute>(config, "")],
    };

    /// <summary>The schema of a config record.</summary>
    public static Value Derive(Type config) =>
        ValueJson.Parse(ConfigBinder.Options.GetJsonSchemaAsNode(config, ExporterOptions).ToJsonString());

    /// <summary>The part of a config that top-level pointers select.</summary>
    internal static MapValue Select(MapValue config, ImmutableArray<string> pointers) => Filter(config, pointers, keep: true);

    /// <summary>The rest of it.</summary>
    internal static MapValue Without(MapValue config, ImmutableArray<string> pointers) => pointers.IsEmpty ? config : Filter(config, pointers, keep: false);

    private static MapValue Filter(MapValue config, ImmutableArray<string> pointers, bool keep) => pointers.IsEmpty
        ? MapValue.Empty
        : MapValue.Create(config.Entries.ToArray()
            .Where(entry => pointers.Contains("/" + entry.Key.AsString(), StringComparer.Ordinal) == keep)
            .Select(entry => KeyValuePair.Create(entry.Key.AsString(), entry.Value)));

    private static IEnumerable<string> Fields<T>(Type type, string prefix) where T : Attribute
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var pointer = $"{prefix}/{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}";
            if (property.GetCustomAttribute<T>() is not null)
                yield return pointer;
            else if (ItemOf(property.PropertyType) is { } item)
            {
                foreach (var field in Fields<T>(item, pointer + "/*"))
                    yield return field;
            }
        }
    }

    // The record inside a list of records; other types have no fields of their own that matter here.
    private static Type? ItemOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) && type.GenericTypeArguments[0] is { IsValueType: false } item && item != typeof(string)
        ? item
        : null;

    private static JsonNode Annotate(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (context.TypeInfo.Type == typeof(Value))
            schema = new JsonObject();
        else if (Nullable.GetUnderlyingType(context.TypeInfo.Type) is { } inner && inner == typeof(Value))
            schema = new JsonObject();
        else if (context.TypeInfo.Type == typeof(TimeSpan) || context.TypeInfo.Type == typeof(TimeSpan?))
            schema = new JsonObject { ["type"] = new JsonArray("string", "integer"), ["format"] = "duration" };
        if (context.PropertyInfo?.AttributeProvider is not { } attributes || schema is not JsonObject annotated)
            return schema;
        if (attributes.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true) is [DescriptionAttribute { Description: { } text }, ..])
            annotated["description"] = text;
        if (attributes.IsDefined(typeof(ExpressionFieldAttribute), inherit: true))
            annotated["format"] = "cel";
        return annotated;
    }
}

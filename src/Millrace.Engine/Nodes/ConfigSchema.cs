using System.Collections.Immutable;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>
/// Derives the JSON schema of a config record, and which of its fields are expressions, secret or verbatim. Descriptions come from
/// <see cref="DescriptionAttribute"/>, requiredness from <c>required</c>, choices from enums, defaults from the record's initialisers.
/// </summary>
public static class ConfigSchema
{
    private static readonly JsonSchemaExporterOptions ExporterOptions = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Annotate,
    };

    /// <summary>The schema of a config record.</summary>
    public static Value Derive(Type config) => ValueJson.Parse(DeriveNode(config).ToJsonString());

    internal static NodeTypeDescription Complete(NodeTypeDescription description, Type config) => description with
    {
        ConfigSchema = Derive(config),
        ExpressionFields = [.. description.ExpressionFields, .. Fields<ExpressionFieldAttribute>(config, "")],
        SecretFields = [.. description.SecretFields, .. Fields<SecretFieldAttribute>(config, "")],
        VerbatimFields = [.. description.VerbatimFields, .. Fields<VerbatimFieldAttribute>(config, "")],
    };

    /// <summary>The part of a config that top-level pointers select.</summary>
    internal static MapValue Select(MapValue config, ImmutableArray<string> pointers) => Filter(config, pointers, keep: true);

    /// <summary>The rest of it.</summary>
    internal static MapValue Without(MapValue config, ImmutableArray<string> pointers) => pointers.IsEmpty ? config : Filter(config, pointers, keep: false);

    private static JsonNode DeriveNode(TemplatedFieldAttribute field) => field.Or is { } word
        ? new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["const"] = word }, DeriveNode(field.Type)) }
        : DeriveNode(field.Type);

    private static JsonNode DeriveNode(Type type) => ConfigBinder.Options.GetJsonSchemaAsNode(type, ExporterOptions);

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

    // The record inside a list or map of records; other types have no fields of their own that matter here.
    private static Type? ItemOf(Type type)
    {
        if (!type.IsGenericType || (type.GetGenericTypeDefinition() != typeof(IReadOnlyList<>) && type.GetGenericTypeDefinition() != typeof(IReadOnlyDictionary<,>)))
            return null;
        return type.GenericTypeArguments[^1] is { IsValueType: false } item && item != typeof(string) ? item : null;
    }

    private static JsonNode Annotate(JsonSchemaExporterContext context, JsonNode exported)
    {
        var attributes = context.PropertyInfo?.AttributeProvider;
        var templated = attributes?.GetCustomAttributes(typeof(TemplatedFieldAttribute), inherit: true) is [TemplatedFieldAttribute field, ..] ? field : null;
        var schema = templated is null ? OwnSchema(context.TypeInfo.Type) ?? exported : DeriveNode(templated);
        if (context.PropertyInfo is not { } property || attributes is null || schema is not JsonObject annotated)
            return schema;
        if (attributes.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true) is [DescriptionAttribute { Description: { } text }, ..])
            annotated["description"] = text;
        if (attributes.IsDefined(typeof(ExpressionFieldAttribute), inherit: true))
            annotated["format"] = "cel";
        if (attributes.IsDefined(typeof(SecretFieldAttribute), inherit: true))
            annotated["x-secret"] = true;
        if (DefaultOf(property) is { } standard)
            annotated["default"] = standard;
        return annotated;
    }

    // Types with a converter of ours, which the exporter cannot look into.
    private static JsonObject? OwnSchema(Type type)
    {
        var inner = Nullable.GetUnderlyingType(type);
        var kind = inner ?? type;
        if (kind == typeof(Value))
            return [];
        if (kind == typeof(TimeSpan))
            return new JsonObject { ["type"] = Types(inner is not null, "string", "number"), ["format"] = "duration" };
        return kind == typeof(int) ? new JsonObject { ["type"] = Types(inner is not null, "integer") } : null;
    }

    private static JsonNode Types(bool orNull, params string[] names) => names.Length == 1 && !orNull
        ? names[0]
        : new JsonArray([.. names.Select(name => (JsonNode)name), .. orNull ? (JsonNode[])["null"] : []]);

    private static JsonNode? DefaultOf(JsonPropertyInfo property)
    {
        if (property.IsRequired || property.Get is not { } get || ConfigBinder.Options.GetTypeInfo(property.DeclaringType).CreateObject?.Invoke() is not { } fresh)
            return null;
        return get(fresh) is { } value ? JsonSerializer.SerializeToNode(value, property.PropertyType, ConfigBinder.Options) : null;
    }

    /// <summary>The schema of one config record, compiled once.</summary>
    internal static class Of<T> where T : class
    {
        public static readonly Schema Compiled = Schema.Compile(Derive(typeof(T)), out var problems)
            ?? throw new InvalidOperationException($"The schema of {typeof(T).Name} is not in the subset: {problems[0].Message}");
    }
}

using System.Text.Json;
using YamlDotNet.Serialization;

namespace Millrace.Docs.Tests;

/// <summary>Reads JSON and YAML, to look at.</summary>
internal static class Documents
{
    public static object? Parse(string text, string language)
    {
        if (language == "json")
            return ToObject(JsonSerializer.Deserialize<JsonElement>(text));
        var tree = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(text);
        return tree is IDictionary<object, object?> map ? map.ToDictionary(entry => entry.Key.ToString()!, entry => entry.Value) : tree;
    }

    /// <summary>YAML as JSON text.</summary>
    public static string ToJson(string yaml)
    {
        var tree = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(yaml);
        return new SerializerBuilder().JsonCompatible().Build().Serialize(tree).Trim();
    }

    private static object? ToObject(JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? element.EnumerateObject().ToDictionary(property => property.Name, property => (object?)property.Value)
        : element;
}

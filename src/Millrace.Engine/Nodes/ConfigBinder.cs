using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Millrace.Core.Definitions;
using Millrace.Core.Values;

namespace Millrace.Engine.Nodes;

/// <summary>Binds configs to config records.</summary>
public static class ConfigBinder
{
    /// <summary>How config records are read and described.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>Binds a config; null with a sentence where it does not fit.</summary>
    public static T? TryBind<T>(MapValue config, out string? problem) where T : class
    {
        problem = null;
        try
        {
            return JsonSerializer.Deserialize<T>(((Value)config).ToUtf8(), Options) ?? throw new JsonException("the config is null");
        }
        catch (JsonException e)
        {
            problem = Explain(e);
            return null;
        }
    }

    private static string Explain(JsonException e)
    {
        var path = e.Path is { Length: > 1 } p ? $"at '{p[1..].TrimStart('.')}': " : "";
        var message = e.Message;
        var detail = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return path + (detail < 0 ? message : message[..detail]);
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            NumberHandling = JsonNumberHandling.Strict,
            RespectNullableAnnotations = true,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.Converters.Add(new ValueConverter());
        options.Converters.Add(new DurationConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly();
        return options;
    }

    private sealed class ValueConverter : JsonConverter<Value>
    {
        public override bool HandleNull => true;

        public override Value Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ValueJson.Read(ref reader);

        public override void Write(Utf8JsonWriter writer, Value value, JsonSerializerOptions options) => ValueJson.Write(writer, value);
    }

    private sealed class DurationConverter : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Durations.TryRead(ValueJson.Read(ref reader), out var duration) ? duration : throw new JsonException($"expected {Durations.Expected}.");

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Durations.ToIso(value));
    }
}

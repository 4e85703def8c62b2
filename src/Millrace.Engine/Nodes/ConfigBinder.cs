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

    /// <summary>Binds a config; null with a problem where it does not fit.</summary>
    public static T? TryBind<T>(MapValue config, out ConfigProblem? problem) where T : class
    {
        problem = null;
        try
        {
            return JsonSerializer.Deserialize<T>(((Value)config).ToUtf8(), Options) ?? throw new JsonException("the config is null");
        }
        catch (JsonException e)
        {
            // The schema says it in words; the serializer knows what a schema cannot say, such as the form of a duration.
            var found = ConfigSchema.Of<T>.Compiled.Validate(config);
            problem = found.IsEmpty ? Explain(e) : new(found[0].Pointer, found[0].Message);
            return null;
        }
    }

    private static ConfigProblem Explain(JsonException e)
    {
        var detail = e.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        return new(PointerOf(e.Path), detail < 0 ? e.Message : e.Message[..detail]);
    }

    // From "$.cases[0].port".
    private static string PointerOf(string? path) => path is null or "$"
        ? ""
        : path[1..].Replace('.', '/').Replace("[", "/", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);

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
        options.Converters.Add(new IntegerConverter());
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
            Durations.TryRead(ValueJson.Read(ref reader), out var duration) ? duration : throw new JsonException($"This must be {Durations.Expected}.");

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Durations.ToIso(value));
    }

    // 5.0 is an integer to JSON schema, and arithmetic in templates makes such numbers.
    private sealed class IntegerConverter : JsonConverter<int>
    {
        public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var number) && number == decimal.Truncate(number) && number is >= int.MinValue and <= int.MaxValue)
                return (int)number;
            throw new JsonException("This must be a whole number of at most ten digits.");
        }

        public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }
}

/// <summary>Why a config does not fit its record.</summary>
/// <param name="Pointer">JSON pointer into the config.</param>
/// <param name="Message">The message, as a sentence.</param>
public sealed record ConfigProblem(string Pointer, string Message);

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Millrace.Core.Values;

/// <summary>Values to and from JSON text. Integral doubles are written with ".0", so that int and double survive the journey.</summary>
public static class ValueJson
{
    /// <summary>The deepest nesting that is read: objects and lists together.</summary>
    public const int MaxDepth = 128;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>
    /// Options that every writer of this product uses: text stays readable, nothing is indented, structure is not re-validated.
    /// </summary>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Parses one JSON document. Duplicate keys, trailing text, and nesting beyond <see cref="MaxDepth"/> are errors.</summary>
    /// <exception cref="JsonException">The text is not JSON; the message has line and position.</exception>
    public static Value Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        try
        {
            if (!reader.Read())
                throw new JsonException("The document is empty.");
            var value = Read(ref reader);
            if (reader.Read())
                throw new JsonException("There is text after the end of the document.");
            return value;
        }
        catch (JsonException e) when (e.LineNumber is null)
        {
            // Our own refusals, which do not know the place.
            var before = utf8[..(int)reader.TokenStartIndex];
            throw new JsonException(e.Message, null, before.Count((byte)'\n'), before.Length - before.LastIndexOf((byte)'\n') - 1, e);
        }
    }

    /// <summary>
    /// What is wrong with a text that is not JSON, without its place and without a full stop at the end. Short, although the problem may
    /// quote the rest of the text.
    /// </summary>
    public static string Explain(JsonException problem)
    {
        const int Longest = 200;
        var place = problem.Message.LastIndexOf(" LineNumber:", StringComparison.Ordinal);
        var sentence = (place < 0 ? problem.Message : problem.Message[..place]).TrimEnd('.');
        return sentence.Length <= Longest ? sentence : $"{sentence[..(Longest / 2)]}...{sentence[^(Longest / 2)..]}";
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static Value Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads the value the reader stands on, leaving the reader on its last token.</summary>
    /// <exception cref="JsonException">The text is not JSON, or a key repeats.</exception>
    public static Value Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => Value.Null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Number => ReadNumber(ref reader),
        JsonTokenType.String => ReadString(ref reader),
        JsonTokenType.StartArray => ReadList(ref reader),
        JsonTokenType.StartObject => ReadMap(ref reader),
        _ => throw new JsonException($"Unexpected {reader.TokenType}."),
    };

    /// <summary>Writes a value as one JSON value.</summary>
    public static void Write(Utf8JsonWriter writer, Value value)
    {
        switch (value.Kind)
        {
            case ValueKind.Null: writer.WriteNullValue(); break;
            case ValueKind.Bool: writer.WriteBooleanValue(value.AsBool()); break;
            case ValueKind.Int: writer.WriteNumberValue(value.AsInt()); break;
            case ValueKind.UInt: writer.WriteNumberValue(value.AsUInt()); break;
            case ValueKind.Double: WriteDouble(writer, value.AsDouble()); break;
            case ValueKind.String: writer.WriteStringValue(value.AsString()); break;
            case ValueKind.List: WriteList(writer, value.AsList()); break;
            case ValueKind.Map: WriteMap(writer, value.AsMap()); break;
            default: throw new InvalidOperationException($"A {value.Kind} is not JSON; normalise it first.");
        }
    }

    /// <summary>The value as compact JSON text.</summary>
    public static string ToJson(this Value value) => Encoding.UTF8.GetString(ToUtf8(value));

    /// <summary>The value as compact JSON in UTF-8.</summary>
    public static byte[] ToUtf8(this Value value) => ScratchWriter.ToUtf8(value, Write);

    private static Value ReadNumber(ref Utf8JsonReader reader)
    {
        return TryReadNumber(reader, out var number, out var problem) ? number : throw new JsonException(problem);
    }

    /// <summary>Reads the number a reader stands on; false with a sentence where it cannot be kept as it is.</summary>
    internal static bool TryReadNumber(in Utf8JsonReader reader, out Value number, out string? problem)
    {
        problem = null;
        // "1.0" and "1e2" are doubles although they are whole.
        if (reader.ValueSpan.ContainsAny((byte)'.', (byte)'e', (byte)'E'))
        {
            var isFinite = reader.TryGetDouble(out var real) && double.IsFinite(real);
            number = isFinite ? real : default(Value);
            problem = isFinite ? null : NumberText.TooLarge;
            return isFinite;
        }
        var isSigned = reader.TryGetInt64(out var signed);
        var isUnsigned = reader.TryGetUInt64(out var unsigned);
        number = isSigned ? signed : Value.From(unsigned);
        problem = isSigned || isUnsigned ? null : NumberText.TooManyDigits;
        return problem is null;
    }

    private static Value ReadString(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("The text is not valid Unicode.", e);
        }
    }

    private static Value ReadList(ref Utf8JsonReader reader)
    {
        var items = new List<Value>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(Read(ref reader));
        return ListValue.Own([.. items]);
    }

    private static Value ReadMap(ref Utf8JsonReader reader)
    {
        var builder = new MapBuilder();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = ReadString(ref reader).AsString();
            if (builder.Contains(key))
                throw new JsonException($"The key '{key}' is repeated.");
            reader.Read();
            builder.Set(key, Read(ref reader));
        }
        return builder.Build();
    }

    private static void WriteDouble(Utf8JsonWriter writer, double number)
    {
        if (!double.IsFinite(number))
            throw new InvalidOperationException("NaN and infinity are not JSON; normalise the value first.");
        writer.WriteRawValue(NumberText.Json(number), skipInputValidation: true);
    }

    private static void WriteList(Utf8JsonWriter writer, ListValue list)
    {
        writer.WriteStartArray();
        foreach (var item in list)
            Write(writer, item);
        writer.WriteEndArray();
    }

    private static void WriteMap(Utf8JsonWriter writer, MapValue map)
    {
        writer.WriteStartObject();
        foreach (var entry in map.Entries)
        {
            writer.WritePropertyName(entry.Key.AsString());
            Write(writer, entry.Value);
        }
        writer.WriteEndObject();
    }
}

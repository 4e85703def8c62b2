using System.Text.Json;
using Microsoft.Extensions.Primitives;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;
using Millrace.Engine.Storage;

namespace Millrace.Server.Approvals;

/// <summary>One field of a form as a page shows it.</summary>
/// <param name="Name">Its name in the posted form.</param>
/// <param name="Pointer">Where its value goes in the answer, such as "/data/amount".</param>
/// <param name="Key">The property; null: the form as a whole is this one field.</param>
/// <param name="Schema">Its JSON schema.</param>
/// <param name="IsRequired">Whether it must be filled in.</param>
internal sealed record AnswerField(string Name, string Pointer, string? Key, Value Schema, bool IsRequired)
{
    private const string Whole = "data";
    private const int LongText = 200;

    /// <summary>What people call it.</summary>
    public string Label => Schema["title"].TryGetString(out var title) ? title : Key ?? "Answer";

    /// <summary>How it is entered.</summary>
    public AnswerFieldKind Kind => Schema["enum"].TryGetList(out _) ? AnswerFieldKind.Choice : Type switch
    {
        "boolean" => AnswerFieldKind.Flag,
        "integer" or "number" => AnswerFieldKind.Number,
        "string" => Schema["maxLength"].TryGetInt(out var longest) && longest >= LongText ? AnswerFieldKind.LongText : AnswerFieldKind.Text,
        _ => AnswerFieldKind.Json,
    };

    /// <summary>The choices, where it is one of several.</summary>
    public IEnumerable<Value> Choices => Schema["enum"].TryGetList(out var choices) ? choices : [];

    private string? Type => Schema["type"].TryGetString(out var type) ? type
        : Schema["type"].TryGetList(out var types) ? ((IEnumerable<Value>)types).Select(one => one.AsString()).FirstOrDefault(one => one is not "null") : null;

    /// <summary>The fields of a form; none where there is no form.</summary>
    public static IReadOnlyList<AnswerField> Of(JsonText form)
    {
        if (form.IsEmpty)
            return [];
        var schema = ValueJson.Parse(form.Utf8.Span);
        if (!schema["properties"].TryGetMap(out var properties))
            return [new AnswerField(Whole, "/data", null, schema, IsRequired: true)];
        var required = schema["required"].TryGetList(out var names) ? ((IEnumerable<Value>)names).Select(name => name.AsString()).ToHashSet(StringComparer.Ordinal) : [];
        var fields = new List<AnswerField>(properties.Count);
        foreach (var property in properties.Entries)
        {
            var key = property.Key.AsString();
            fields.Add(new AnswerField($"{Whole}.{key}", "/data/" + JsonPointer.Escape(key), key, property.Value, required.Contains(key)));
        }
        return fields;
    }

    /// <summary>What the fields of a posted form come to: null where there are none.</summary>
    public static Value Read(IReadOnlyList<AnswerField> fields, IReadOnlyDictionary<string, StringValues> posted)
    {
        if (fields is [{ Key: null } only])
            return only.Read(posted);
        var data = new MapBuilder();
        foreach (var field in fields)
            data.SetIfPresent(field.Key!, field.Read(posted));
        return fields.Count == 0 ? Value.Null : data.Build();
    }

    // What does not fit stays text, so that the schema says what is wrong with it; so do numbers, which are converted with every answer.
    private Value Read(IReadOnlyDictionary<string, StringValues> posted)
    {
        var text = posted.TryGetValue(Name, out var values) ? values.ToString() : "";
        if (Kind == AnswerFieldKind.Flag)
            return text.Length > 0;
        if (text.Length == 0)
            return Value.Null;
        return Kind switch
        {
            AnswerFieldKind.Choice => Choices.FirstOrDefault(choice => string.Equals(TextOf(choice), text, StringComparison.Ordinal), text),
            AnswerFieldKind.Json => TryParse(text, out var value) ? value : text,
            _ => text.ReplaceLineEndings("\n"),
        };
    }

    /// <summary>A value as it is entered.</summary>
    public static string TextOf(Value value) => value.TryGetString(out var text) ? text : value.ToJson();

    private static bool TryParse(string text, out Value value)
    {
        try
        {
            value = ValueJson.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }
}

/// <summary>How a field is entered.</summary>
internal enum AnswerFieldKind
{
    /// <summary>A line of text.</summary>
    Text,
    /// <summary>Several lines of text.</summary>
    LongText,
    /// <summary>A field for a number.</summary>
    Number,
    /// <summary>A field for yes or no.</summary>
    Flag,
    /// <summary>One of several values.</summary>
    Choice,
    /// <summary>Anything else, as JSON.</summary>
    Json,
}

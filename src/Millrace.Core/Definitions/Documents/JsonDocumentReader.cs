using System.Text;
using System.Text.Json;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Documents;

/// <summary>Reads JSON text as a document: the same values as <see cref="ValueJson"/>, but every refusal has its line and column.</summary>
internal static class JsonDocumentReader
{
    // One deeper than ours, so that our own sentence is the one that is read.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = DefinitionLimits.Depth + 1 };

    public static ParsedDocument Read(ReadOnlySpan<byte> document)
    {
        var reader = new Utf8JsonReader(document, Options);
        var progress = new Progress();
        try
        {
            reader.Read();
            var root = ReadValue(ref reader, document, 0, progress);
            reader.Read();
            return new ParsedDocument(root, null, [.. progress.Repeated]);
        }
        catch (UnreadableDocumentException e)
        {
            return ParsedDocument.Failed([.. progress.Repeated, e.Problem]);
        }
        catch (JsonException e)
        {
            var (line, column) = Position(document, LineStart(document, e.LineNumber ?? 0) + (e.BytePositionInLine ?? 0));
            var problem = new Problem("", "malformed_json", $"This is not JSON: {ValueJson.Explain(e)}.", Line: line, Column: column);
            return ParsedDocument.Failed([.. progress.Repeated, problem]);
        }
    }

    private static Value ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> document, int path, Progress progress)
    {
        if (++progress.Values > DefinitionLimits.DocumentValues)
            throw Refuse(
                reader,
                document,
                "document_too_large",
                $"The document has more than {DefinitionLimits.DocumentValues} values. Split it into subworkflows.");
        if (reader.CurrentDepth >= DefinitionLimits.Depth)
            throw Refuse(reader, document, "document_too_deep", $"Objects and lists are nested deeper than {DefinitionLimits.Depth}.");
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadMap(ref reader, document, path, progress),
            JsonTokenType.StartArray => ReadList(ref reader, document, path, progress),
            JsonTokenType.String => ReadText(ref reader, document),
            JsonTokenType.Number => ReadNumber(ref reader, document),
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => Value.Null,
        };
    }

    private static Value ReadMap(ref Utf8JsonReader reader, ReadOnlySpan<byte> document, int path, Progress progress)
    {
        var builder = new MapBuilder();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = ReadText(ref reader, document);
            if (key.Length > DefinitionLimits.KeyLength)
                throw Refuse(reader, document, "key_too_long", $"A key is longer than {DefinitionLimits.KeyLength} characters.");
            if (path + key.Length > DefinitionLimits.PathLength)
                throw Refuse(
                    reader,
                    document,
                    "key_too_long",
                    $"The keys on the path to this value have more than {DefinitionLimits.PathLength} characters together.");
            var isNew = !builder.Contains(key);
            if (!isNew && progress.Repeated.Count < ProblemList.Limit)
                progress.Repeated.Add(Refuse(reader, document, "duplicate_key", $"The key '{key}' is repeated; keep one.").Problem);
            reader.Read();
            var value = ReadValue(ref reader, document, path + key.Length, progress);
            if (isNew)
                builder.Set(key, value);
        }
        return builder.Build();
    }

    private static Value ReadList(ref Utf8JsonReader reader, ReadOnlySpan<byte> document, int path, Progress progress)
    {
        var items = new List<Value>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(ReadValue(ref reader, document, path, progress));
        return ListValue.Own([.. items]);
    }

    private static string ReadText(ref Utf8JsonReader reader, ReadOnlySpan<byte> document)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse(reader, document, "invalid_text", "The text has half of a surrogate pair; write the whole character.");
        }
        return text.Contains('\0')
            ? throw Refuse(reader, document, "invalid_text", "The text has a NUL character; remove it.")
            : text;
    }

    private static Value ReadNumber(ref Utf8JsonReader reader, ReadOnlySpan<byte> document) =>
        ValueJson.TryReadNumber(reader, out var number, out var problem)
            ? number
            : throw Refuse(reader, document, "invalid_number", problem!);

    private static UnreadableDocumentException Refuse(in Utf8JsonReader reader, ReadOnlySpan<byte> document, string code, string message)
    {
        var (line, column) = Position(document, reader.TokenStartIndex);
        return new UnreadableDocumentException(code, message, line, column);
    }

    private static (int Line, int Column) Position(ReadOnlySpan<byte> document, long offset)
    {
        var before = document[..(int)Math.Clamp(offset, 0, document.Length)];
        var lineStart = before.LastIndexOf((byte)'\n') + 1;
        return (before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }

    private static long LineStart(ReadOnlySpan<byte> document, long line)
    {
        var start = 0;
        for (; line > 0; line--)
        {
            var end = document[start..].IndexOf((byte)'\n');
            if (end < 0)
                break;
            start += end + 1;
        }
        return start;
    }

    private sealed class Progress
    {
        public int Values { get; set; }

        /// <summary>Keys that are there twice. There may be more of them, so reading goes on.</summary>
        public List<Problem> Repeated { get; } = [];
    }
}

using System.Text;
using System.Text.Json;

namespace Millrace.Core.Definitions.Documents;

/// <summary>
/// Finds where each value of a JSON text stands: a member at its key, anything else where it begins. The text has been read before.
/// </summary>
internal ref struct JsonPlaces
{
    private readonly ReadOnlySpan<byte> _document;
    private Utf8JsonReader _reader;
    private int _counted;
    private int _line = 1;
    private int _column = 1;

    private JsonPlaces(ReadOnlySpan<byte> document)
    {
        _document = document.StartsWith(Encoding.UTF8.Preamble) ? document[Encoding.UTF8.Preamble.Length..] : document;
        _reader = new Utf8JsonReader(_document, new JsonReaderOptions { MaxDepth = DefinitionLimits.Depth + 1 });
    }

    public static Place Read(ReadOnlySpan<byte> document)
    {
        var places = new JsonPlaces(document);
        places._reader.Read();
        var (line, column) = places.Here();
        return places.ReadValue(line, column);
    }

    private Place ReadValue(int line, int column) => new(line, column, _reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadChildren(JsonTokenType.EndObject),
        JsonTokenType.StartArray => ReadChildren(JsonTokenType.EndArray),
        _ => [],
    });

    private Place[] ReadChildren(JsonTokenType end)
    {
        var children = new List<Place>();
        while (_reader.Read() && _reader.TokenType != end)
        {
            var (line, column) = Here();
            if (_reader.TokenType == JsonTokenType.PropertyName)
                _reader.Read();
            children.Add(ReadValue(line, column));
        }
        return [.. children];
    }

    // Counts on from the last place: counting from the start of the line would be quadratic where all is one line.
    private (int Line, int Column) Here()
    {
        var passed = _document[_counted..(int)_reader.TokenStartIndex];
        _counted += passed.Length;
        if (passed.LastIndexOf((byte)'\n') is >= 0 and var lineEnd)
        {
            _line += passed.Count((byte)'\n');
            _column = 1;
            passed = passed[(lineEnd + 1)..];
        }
        _column += Encoding.UTF8.GetCharCount(passed);
        return (_line, _column);
    }
}

using System.Text;
using System.Text.Json;
using Millrace.Core.Values;

namespace Millrace.Cli.Documents;

/// <summary>Values on the command line: JSON, or '@' and the name of a file with JSON.</summary>
internal static class JsonArgument
{
    /// <summary>Reads a value; where that is not possible, the problem is a sentence.</summary>
    public static (Value Value, string? Problem) Read(string option, string? text)
    {
        if (text is null)
            return (Value.Null, null);
        if (!text.StartsWith('@'))
            return Parse(
                option, Encoding.UTF8.GetBytes(text), $"Write JSON, such as {option} '{{\"name\": \"Ada\"}}', or {option} @file.json.");
        var path = text[1..];
        var (content, problem) = Files.Read(path);
        return content is null ? (Value.Null, $"{option}: {problem}") : Parse($"{option}: '{path}'", content, "Correct it there.");
    }

    /// <summary>Reads an object by name; none is an empty one.</summary>
    public static (MapValue Map, string? Problem) ReadMap(string option, string? text)
    {
        var (value, problem) = Read(option, text);
        if (problem is not null || value.IsNull)
            return (MapValue.Empty, problem);
        return value.TryGetMap(out var map)
            ? (map, null)
            : (
                MapValue.Empty,
                $"{option} is a {value.Kind.ToString().ToLowerInvariant()}; write an object, such as {option} '{{\"node\": 1}}'.");
    }

    /// <summary>Reads NAME=VALUE pairs. A value that is JSON is what it says; anything else is text.</summary>
    public static (MapValue Map, string? Problem) ReadPairs(string option, IEnumerable<string> pairs)
    {
        var map = new MapBuilder();
        foreach (var pair in pairs)
        {
            var assignment = pair.IndexOf('=', StringComparison.Ordinal);
            if (assignment <= 0)
                return (MapValue.Empty, $"{option} has '{pair}'. Write NAME=VALUE, such as {option} limit=10.");
            var (value, problem) = Parse(option, Encoding.UTF8.GetBytes(pair[(assignment + 1)..]), "");
            map.Set(pair[..assignment], problem is null ? value : pair[(assignment + 1)..]);
        }
        return (map.Build(), null);
    }

    private static (Value Value, string? Problem) Parse(string where, ReadOnlySpan<byte> utf8, string advice)
    {
        try
        {
            return (ValueJson.Parse(utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8), null);
        }
        catch (JsonException e)
        {
            var message = e.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
            var place = e.LineNumber is { } line ? $" (line {line + 1}, column {e.BytePositionInLine + 1})" : "";
            return (Value.Null, $"{where} is not JSON{place}: {message} {advice}");
        }
    }
}

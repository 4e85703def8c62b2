using System.Buffers;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Core.Definitions.Writing;

/// <summary>
/// Writes JSON-like values as YAML for people: block style, plain text where it is safe, literal blocks for text of several lines, JSON
/// quotes elsewhere.
/// </summary>
internal static class YamlWriter
{
    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ()+");

    // Words that YAML readers, 1.1 ones included, take for something else than text. Whatever else they would starts with no letter.
    private static readonly string[] Reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

    public static string Write(Value value)
    {
        var text = new StringBuilder();
        if (IsInline(value))
            text.Append(Inline(value, indent: 2)).Append('\n'); // A block at the margin would lose what its lines begin with.
        else
            WriteBlock(text, value, 0);
        return text.ToString();
    }

    private static void WriteBlock(StringBuilder text, Value value, int indent)
    {
        if (value.TryGetList(out var list))
        {
            foreach (var item in list)
                WriteItem(text.Append(' ', indent).Append('-'), item, indent);
            return;
        }
        foreach (var entry in value.AsMap().Entries)
            WriteEntry(text.Append(' ', indent), entry, indent);
    }

    // A map in a list starts on the line of its dash; a list in a list gets a line of its own.
    private static void WriteItem(StringBuilder text, Value item, int indent)
    {
        if (IsInline(item))
            text.Append(' ').Append(Inline(item, indent + 2)).Append('\n');
        else if (item.TryGetMap(out var map))
        {
            text.Append(' ');
            WriteEntry(text, map.Entries[0], indent + 2);
            foreach (var entry in map.Entries[1..])
                WriteEntry(text.Append(' ', indent + 2), entry, indent + 2);
        }
        else
        {
            text.Append('\n');
            WriteBlock(text, item, indent + 2);
        }
    }

    private static void WriteEntry(StringBuilder text, KeyValuePair<Value, Value> entry, int indent)
    {
        var key = entry.Key.AsString();
        // A long or odd key needs the explicit form: simple keys end within 1,024 characters.
        var quoted = Text(key);
        if (quoted.Length <= 200)
            text.Append(quoted).Append(':');
        else
            text.Append("? ").Append(quoted).Append('\n').Append(' ', indent).Append(':');
        if (IsInline(entry.Value))
        {
            text.Append(' ').Append(Inline(entry.Value, indent + 2)).Append('\n');
            return;
        }
        text.Append('\n');
        WriteBlock(text, entry.Value, indent + 2);
    }

    private static bool IsInline(Value value) => value.Kind switch
    {
        ValueKind.List => value.AsList().Count == 0,
        ValueKind.Map => value.AsMap().Count == 0,
        _ => true,
    };

    private static string Inline(Value value, int indent) => value.Kind switch
    {
        ValueKind.String => IsLiteral(value.AsString()) ? Literal(value.AsString(), indent) : Text(value.AsString()),
        ValueKind.List => "[]",
        ValueKind.Map => "{}",
        _ => value.ToJson(),
    };

    private static string Text(string text) => IsPlain(text) ? text : ((Value)text).ToJson();

    private static bool IsPlain(string text) =>
        text.Length is > 0 and <= 200
        && char.IsAsciiLetter(text[0])
        && text[^1] != ' '
        && !text.AsSpan().ContainsAnyExcept(PlainCharacters)
        && !Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);

    // Only what a literal block returns exactly: printable, several lines, no line that begins the block with a space, and no more
    // than one line end at the very end.
    private static bool IsLiteral(string text)
    {
        var body = text.EndsWith('\n') ? text[..^1] : text;
        return body.Contains('\n')
            && !body.StartsWith(' ') && !body.StartsWith('\n') && !body.StartsWith('\t') && !body.EndsWith('\n')
            && body.All(c => c == '\n' || (c >= ' ' && c < '\u007f') || (c > '\u00a0' && c < '\u2028') || (c > '\u2029' && c < '\ud800'));
    }

    private static string Literal(string text, int indent)
    {
        var block = new StringBuilder(text.EndsWith('\n') ? "|" : "|-");
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            block.Append('\n');
            if (line.Length > 0)
                block.Append(' ', indent).Append(line);
        }
        return block.ToString();
    }
}

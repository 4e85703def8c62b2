using YamlDotNet.Core;

namespace Millrace.Core.Definitions.Documents;

/// <summary>Says what is wrong with a text that is not YAML, and what to look at: the library speaks of its own states.</summary>
internal static class YamlFailures
{
    private static readonly (string Sign, string Meaning)[] Meanings =
    [
        ("invalid tab", Tab),
        ("tab character", Tab),
        ("expected key", "the indentation of this line matches none of the lines above it; align it with them"),
        ("expected '-'", "the indentation of this line matches none of the entries above it; align it with their '-'"),
        ("invalid mapping", "there is a ': ' where no key is allowed; put text that contains one into quotes, and check the indentation"),
        (
            "mapping values are not allowed",
            "there is a ': ' where no key is allowed; put text that contains one into quotes, and check the indentation"),
        ("end of stream", "the text ends inside quotes or brackets; close them"),
        ("document indicator", "the text ends inside quotes or brackets; close them"),
        ("node content", "a value is missing here, or a bracket is not closed"),
        ("document end", "there is text after the end of the document"),
        ("expected ','", "a ',' or the closing bracket is missing before this place"),
        ("expected ']'", "a ',' or the closing bracket is missing before this place"),
        ("expected '}'", "a ',' or the closing bracket is missing before this place"),
        ("cannot start any token", "text that begins with this character needs quotes"),
        ("plain scalar", "this text needs quotes, or is not allowed here"),
        ("escape", "the text in double quotes has an escape that YAML does not know"),
        ("anchor", "the name of an anchor or alias is malformed"),
        ("tag", "a tag is malformed"),
        ("directive", "a line that begins with '%' is malformed"),
    ];

    private const string Tab = "there is a tab where YAML requires spaces; indent with spaces";

    /// <summary>
    /// The reason, without a full stop, and its place. Of a tab the library says only where the block began that it is in.
    /// </summary>
    public static (string Reason, int Line, int Column) Explain(YamlException failure, string text)
    {
        var reason = Explain(failure.Message);
        var (line, column) = ((int)failure.Start.Line, (int)failure.Start.Column);
        var tab = FindTab(text, line);
        return tab is { } found && (string.Equals(reason, Tab, StringComparison.Ordinal) || found.Line <= (int)failure.End.Line + 1)
            ? (Tab, found.Line, found.Column)
            : (reason, line, column);
    }

    // The first tab in the indentation of a line, from a line on.
    private static (int Line, int Column)? FindTab(string text, int from)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var indentation = line[..(line.Length - line.TrimStart(" \t").Length)];
            if (++number >= from && indentation.Length < line.Length && indentation.IndexOf('\t') is >= 0 and var at)
                return (number, at + 1);
        }
        return null;
    }

    private static string Explain(string libraryMessage)
    {
        foreach (var (sign, meaning) in Meanings)
        {
            if (libraryMessage.Contains(sign, StringComparison.OrdinalIgnoreCase))
                return meaning;
        }
        return "the text cannot be parsed from here on; check indentation, quotes and brackets around this place";
    }
}

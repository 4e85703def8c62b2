namespace Millrace.Core.Definitions.Documents;

/// <summary>Says what is wrong with a text that is not YAML, and what to look at: the library speaks of its own states.</summary>
internal static class YamlFailures
{
    private static readonly (string Sign, string Meaning)[] Meanings =
    [
        ("invalid tab", "there is a tab where YAML wants spaces; indent with spaces"),
        ("tab character", "there is a tab where YAML wants spaces; indent with spaces"),
        ("expected key", "this line is indented like none of those above it; line it up with them"),
        ("expected '-'", "this line is indented like none of the entries above it; line it up with their '-'"),
        ("invalid mapping", "a ': ' stands where no key can be; put text that has one into quotes, and check the indentation"),
        ("mapping values are not allowed", "a ': ' stands where no key can be; put text that has one into quotes, and check the indentation"),
        ("end of stream", "the text ends inside quotes or brackets; close them"),
        ("document indicator", "the text ends inside quotes or brackets; close them"),
        ("node content", "a value is missing here, or a bracket is not closed"),
        ("document end", "there is text after the end of the document"),
        ("expected ','", "a ',' or the closing bracket is missing before this place"),
        ("expected ']'", "a ',' or the closing bracket is missing before this place"),
        ("expected '}'", "a ',' or the closing bracket is missing before this place"),
        ("cannot start any token", "no text can begin with this character without quotes"),
        ("plain scalar", "this text needs quotes, or stands where none can be"),
        ("escape", "the text in double quotes has an escape that YAML does not know"),
        ("anchor", "an anchor or alias has no name that YAML knows"),
        ("tag", "a tag is not written as YAML wants it"),
        ("directive", "a line that begins with '%' is not written as YAML wants it"),
    ];

    /// <summary>The reason, without a full stop.</summary>
    public static string Explain(string libraryMessage)
    {
        foreach (var (sign, meaning) in Meanings)
        {
            if (libraryMessage.Contains(sign, StringComparison.OrdinalIgnoreCase))
                return meaning;
        }
        return "from here on the text cannot be followed; check indentation, quotes and brackets around this place";
    }
}

namespace Millrace.Core.Definitions.Documents;

/// <summary>Says what is wrong with a text that is not YAML, and what to look at: the library speaks of its own states.</summary>
internal static class YamlFailures
{
    private static readonly (string Sign, string Meaning)[] Meanings =
    [
        ("invalid tab", "there is a tab where YAML requires spaces; indent with spaces"),
        ("tab character", "there is a tab where YAML requires spaces; indent with spaces"),
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

    /// <summary>The reason, without a full stop.</summary>
    public static string Explain(string libraryMessage)
    {
        foreach (var (sign, meaning) in Meanings)
        {
            if (libraryMessage.Contains(sign, StringComparison.OrdinalIgnoreCase))
                return meaning;
        }
        return "the text cannot be parsed from here on; check indentation, quotes and brackets around this place";
    }
}

using System.Collections.Frozen;

namespace Millrace.Core.Expressions.Syntax;

/// <summary>Words and signs of other languages, and what CEL writes instead.</summary>
internal static class ForeignWords
{
    private static readonly FrozenDictionary<string, string> Known = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["and"] = "&&", ["or"] = "||", ["not"] = "!", ["is"] = "==", ["eq"] = "==", ["ne"] = "!=", ["like"] = "text.contains(part)",
        ["true"] = "true", ["false"] = "false", ["null"] = "null", ["none"] = "null", ["nil"] = "null", ["undefined"] = "null",
        ["if"] = "condition ? a : b", ["else"] = "condition ? a : b", ["then"] = "condition ? a : b", ["between"] = "x >= a && x <= b",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>What CEL writes instead of a word; null where it is not known from elsewhere.</summary>
    public static string? Find(string word) => Known.GetValueOrDefault(word);

    /// <summary>The end of a sentence about a word, empty where there is nothing to say.</summary>
    public static string Hint(string word) => Find(word) is { } own ? $"; in CEL this is written {own}" : "";
}

using System.Text.RegularExpressions;

namespace Millrace.Words.Tests;

/// <summary>British English, and the words of this project.</summary>
internal static partial class Words
{
    private const int PatienceMilliseconds = 5_000;

    /// <summary>Where Debian's package wbritish puts its list.</summary>
    public const string Dictionary = "/usr/share/dict/british-english";

    public static bool AreInstalled => File.Exists(Dictionary);

    public static Lazy<HashSet<string>> English { get; } = new(() =>
        [.. File.ReadLines(Dictionary).Select(word => word.ToLowerInvariant())]);

    private static readonly Lazy<HashSet<string>> Known = new(() => [.. English.Value, .. Repository.List("words.txt")]);

    /// <summary>The words of a text that neither the dictionary nor the project knows.</summary>
    public static IEnumerable<string> UnknownIn(string text) => Prose(text)
        .Select(word => word.ToLowerInvariant())
        .Where(word => !Known.Value.Contains(word))
        .Where(word => !(word.EndsWith("'s", StringComparison.Ordinal) && Known.Value.Contains(word[..^2])));

    // Names are no prose: what is quoted, has digits, underscores or a place in a path, is written in capitals or has one in the middle.
    private static IEnumerable<string> Prose(string text) => Candidate().Matches(Quoted().Replace(text, " ").Replace('’', '\''))
        .Select(match => match.Groups["word"].Value)
        .Where(word => word.Length > 1 && !word.Skip(1).Any(char.IsUpper));

    [GeneratedRegex(
        @"(?<![\w.@#$\\/:{<=-])(?<word>[A-Za-z]+('[a-z]+)?)(?![\w@\\/=}>]|\.\w|:\w|-\w|\(|')",
        RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex Candidate();

    [GeneratedRegex("""(?<!\w)'[^' ]+'|`[^`]*`|"[^" ]*"|\{\{.*?\}\}""", RegexOptions.ExplicitCapture, PatienceMilliseconds)]
    private static partial Regex Quoted();
}

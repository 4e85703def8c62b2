using System.Text.RegularExpressions;

namespace Millrace.Words.Tests;

/// <summary>A way to say something at which readers stumble.</summary>
/// <param name="Instead">What to write instead.</param>
internal sealed record Phrase(Regex Pattern, string Instead)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>All phrases of phrases.txt.</summary>
    public static IReadOnlyList<Phrase> All { get; } = [.. Repository.List("phrases.txt").Select(Parse)];

    /// <summary>Every phrase in a text, with what to write instead.</summary>
    public static IEnumerable<string> In(Passage passage) => All.SelectMany(phrase => phrase.Pattern.Matches(passage.Text)
        .Select(match => $"{passage}: '{match.Value}': {phrase.Instead}"));

    private static Phrase Parse(string line)
    {
        var parts = line.Split(" => ");
        return new(new(parts[0], RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, Patience), parts[1]);
    }
}

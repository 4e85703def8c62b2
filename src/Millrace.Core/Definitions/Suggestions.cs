namespace Millrace.Core.Definitions;

/// <summary>
/// Guesses what a misspelt name was meant to be. One instance serves one document and does a bounded amount of work, so that
/// ten thousand unknown names in a graph of ten thousand nodes stay cheap; beyond that it guesses nothing.
/// </summary>
internal sealed class Suggestions
{
    private const int MaxWordLength = 64;

    private int _comparisons = 50_000;
    private int _candidates = 500_000;

    /// <summary>The nearest candidate within a third of the word's length, or null.</summary>
    public string? Closest(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > MaxWordLength)
            return null;
        var limit = Math.Max(1, word.Length / 3);
        string? best = null;
        foreach (var candidate in candidates)
        {
            if (--_candidates < 0)
                return best;
            if (candidate.Length == 0 || Math.Abs(candidate.Length - word.Length) > limit)
                continue;
            if (--_comparisons < 0)
                return best;
            var distance = Distance(word, candidate, limit);
            if (distance > limit)
                continue;
            best = candidate;
            limit = distance - 1;
        }
        return best;
    }

    // Optimal string alignment, ignoring case; stops early once every path costs more than the limit.
    private static int Distance(string left, string right, int limit)
    {
        Span<int> beforeLast = stackalloc int[right.Length + 1];
        Span<int> last = stackalloc int[right.Length + 1];
        Span<int> current = stackalloc int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
            last[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            var smallest = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = SameLetter(left[i - 1], right[j - 1]) ? 0 : 1;
                var value = Math.Min(Math.Min(last[j] + 1, current[j - 1] + 1), last[j - 1] + cost);
                if (i > 1 && j > 1 && SameLetter(left[i - 1], right[j - 2]) && SameLetter(left[i - 2], right[j - 1]))
                    value = Math.Min(value, beforeLast[j - 2] + 1);
                current[j] = value;
                smallest = Math.Min(smallest, value);
            }
            if (smallest > limit)
                return limit + 1;
            var spare = beforeLast;
            beforeLast = last;
            last = current;
            current = spare;
        }
        return last[right.Length];
    }

    private static bool SameLetter(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}

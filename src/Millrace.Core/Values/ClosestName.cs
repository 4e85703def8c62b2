namespace Millrace.Core.Values;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
public static class ClosestName
{
    private const int MaxNameLength = 64;
    private const int MaxCandidates = 1000;

    /// <summary>The candidate nearest to a name, or null where none is near enough to be a slip of the keyboard.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        if (name.Length is 0 or > MaxNameLength)
            return null;
        var allowed = name.Length <= 2 ? 1 : name.Length <= 5 ? 2 : 3;
        string? best = null;
        foreach (var candidate in candidates.Take(MaxCandidates))
        {
            if (candidate.Length > MaxNameLength || Math.Abs(candidate.Length - name.Length) > allowed)
                continue;
            var distance = Distance(name, candidate);
            if (distance > allowed || distance >= Math.Max(name.Length, candidate.Length))
                continue;
            allowed = distance - 1;
            best = candidate;
            if (allowed < 0)
                break;
        }
        return best;
    }

    /// <summary>"; did you mean 'x'?" where a candidate is near, else nothing.</summary>
    public static string Hint(string name, IEnumerable<string> candidates) =>
        Find(name, candidates) is { } guess ? $"; did you mean '{guess}'?" : "";

    // Optimal string alignment over lower case: insertions, deletions, substitutions and swaps of neighbours.
    private static int Distance(string left, string right)
    {
        Span<int> older = stackalloc int[MaxNameLength + 1];
        Span<int> previous = stackalloc int[MaxNameLength + 1];
        Span<int> current = stackalloc int[MaxNameLength + 1];
        for (var j = 0; j <= right.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    current[j] = Math.Min(current[j], older[j - 2] + 1);
            }
            var spare = older;
            older = previous;
            previous = current;
            current = spare;
        }
        return previous[right.Length];
    }
}

using System.Text;

namespace Millrace.Core.Patterns;

/// <summary>Code points that differ only in case, such as k, K and the Kelvin sign.</summary>
internal static class CaseVariants
{
    // Nothing beyond has a case.
    private const int LastCased = 0x1E943;

    private static readonly Lazy<Dictionary<int, int[]>> Groups = new(FindGroups);
    private static readonly Lazy<int[]> Cased = new(() => [.. Groups.Value.Keys.Order()]);

    /// <summary>How many code points have any.</summary>
    public static int Count => Cased.Value.Length;

    public static IEnumerable<int> Of(CodePointSet set) =>
        set.Ranges.SelectMany(CasedIn).SelectMany(member => Groups.Value[member]);

    private static IEnumerable<int> CasedIn(CodePointRange range)
    {
        var index = Array.BinarySearch(Cased.Value, range.First);
        for (var i = index < 0 ? ~index : index; i < Cased.Value.Length && Cased.Value[i] <= range.Last; i++)
            yield return Cased.Value[i];
    }

    private static Dictionary<int, int[]> FindGroups()
    {
        var groups = Enumerable.Range(0, LastCased + 1)
            .Where(Rune.IsValid)
            .GroupBy(codePoint => Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(codePoint))).Value)
            .Select(group => group.ToArray())
            .Where(group => group.Length > 1);
        return groups.SelectMany(group => group.Select(member => (member, group))).ToDictionary(pair => pair.member, pair => pair.group);
    }
}

using System.Text;

namespace Millrace.Core.Patterns;

/// <summary>Code points that differ only in case, such as k, K and the Kelvin sign.</summary>
internal static class CaseVariants
{
    // Nothing beyond has a case.
    private const int LastCased = 0x1E943;

    private static readonly Lazy<Dictionary<int, int[]>> Groups = new(FindGroups);

    public static IEnumerable<int> Of(CodePointSet set) => set.Ranges is [var only] && only.First == only.Last
        ? Groups.Value.GetValueOrDefault(only.First, [])
        : Groups.Value.Where(group => set.Contains(group.Key)).SelectMany(group => group.Value);

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

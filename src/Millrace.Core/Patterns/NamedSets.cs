using System.Collections.Frozen;
using System.Globalization;

namespace Millrace.Core.Patterns;

/// <summary>The sets of code points that a pattern can name.</summary>
internal static class NamedSets
{
    private static readonly CodePointSet Digit = CodePointSet.Of(('0', '9'));
    private static readonly CodePointSet Space = CodePointSet.Of(('\t', '\n'), ('\f', '\r'), (' ', ' '));

    private static readonly FrozenDictionary<string, CodePointSet> Posix = new Dictionary<string, CodePointSet>(StringComparer.Ordinal)
    {
        ["alnum"] = CodePointSet.Of(('0', '9'), ('A', 'Z'), ('a', 'z')),
        ["alpha"] = CodePointSet.Of(('A', 'Z'), ('a', 'z')),
        ["ascii"] = CodePointSet.Of((0, 0x7F)),
        ["blank"] = CodePointSet.Of(('\t', '\t'), (' ', ' ')),
        ["cntrl"] = CodePointSet.Of((0, 0x1F), (0x7F, 0x7F)),
        ["digit"] = Digit,
        ["graph"] = CodePointSet.Of(('!', '~')),
        ["lower"] = CodePointSet.Of(('a', 'z')),
        ["print"] = CodePointSet.Of((' ', '~')),
        ["punct"] = CodePointSet.Of(('!', '/'), (':', '@'), ('[', '`'), ('{', '~')),
        ["space"] = CodePointSet.Of(('\t', '\r'), (' ', ' ')),
        ["upper"] = CodePointSet.Of(('A', 'Z')),
        ["word"] = CodePointSet.Word,
        ["xdigit"] = CodePointSet.Of(('0', '9'), ('A', 'F'), ('a', 'f')),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // In the order of UnicodeCategory.
    private static readonly string[] Categories =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private static readonly Lazy<FrozenDictionary<string, CodePointSet>> Unicode = new(FindCategories);

    /// <summary>The set of \d, \s or \w; null for another letter.</summary>
    public static CodePointSet? FindShort(int letter) => letter switch
    {
        'd' => Digit,
        's' => Space,
        'w' => CodePointSet.Word,
        _ => null,
    };

    /// <summary>The set of a [:name:].</summary>
    public static CodePointSet? FindPosix(string name) => Posix.GetValueOrDefault(name);

    /// <summary>The set of a Unicode category such as L or Nd.</summary>
    public static CodePointSet? FindCategory(string name) => Unicode.Value.GetValueOrDefault(name);

    private static FrozenDictionary<string, CodePointSet> FindCategories()
    {
        var ranges = Categories.ToDictionary(name => name, _ => new List<CodePointRange>(), StringComparer.Ordinal);
        var first = 0;
        for (var next = 1; next <= 0x110000; next++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(first);
            if (next <= 0x10FFFF && CharUnicodeInfo.GetUnicodeCategory(next) == category)
                continue;
            ranges[Categories[(int)category]].Add(new CodePointRange(first, next - 1));
            first = next;
        }
        var sets = ranges.ToDictionary(pair => pair.Key, pair => CodePointSet.Of(pair.Value), StringComparer.Ordinal);
        foreach (var major in ranges.GroupBy(pair => pair.Key[..1], StringComparer.Ordinal))
            sets[major.Key] = CodePointSet.Of(major.SelectMany(pair => pair.Value));
        sets["Any"] = CodePointSet.All;
        return sets.ToFrozenDictionary(StringComparer.Ordinal);
    }
}

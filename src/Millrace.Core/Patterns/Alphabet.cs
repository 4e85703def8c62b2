namespace Millrace.Core.Patterns;

/// <summary>Code points by class: two of one class are in the same sets of a pattern, so it cannot tell them apart.</summary>
internal sealed class Alphabet
{
    private const int AsciiCount = 128;

    private readonly int[] _starts;
    private readonly int[] _classes;
    private readonly int[] _ascii = new int[AsciiCount];
    private readonly List<int> _examples = [];

    public Alphabet(IEnumerable<CodePointSet> sets)
    {
        CodePointSet[] distinct =
            [.. sets.Append(CodePointSet.Newline).Append(CodePointSet.Word).DistinctBy(Spelt, StringComparer.Ordinal)];
        var ranges = distinct.SelectMany(set => set.Ranges);
        _starts = [.. ranges.SelectMany(range => new[] { range.First, range.Last + 1 }).Append(0).Distinct().Order()];
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        _classes = [.. _starts.Select(start => ClassOf(start, distinct, known))];
        for (var codePoint = 0; codePoint < AsciiCount; codePoint++)
            _ascii[codePoint] = Find(codePoint);
    }

    public int Count => _examples.Count;

    /// <summary>One code point of a class.</summary>
    public int Example(int characterClass) => _examples[characterClass];

    public int ClassOf(int codePoint) => codePoint < AsciiCount ? _ascii[codePoint] : Find(codePoint);

    public static Neighbour Neighbour(int codePoint) => codePoint == '\n'
        ? Patterns.Neighbour.Newline
        : CodePointSet.Word.Contains(codePoint) ? Patterns.Neighbour.Word : Patterns.Neighbour.Other;

    private static string Spelt(CodePointSet set) => string.Join(' ', set.Ranges);

    private int Find(int codePoint)
    {
        var index = Array.BinarySearch(_starts, codePoint);
        return _classes[index < 0 ? ~index - 1 : index];
    }

    private int ClassOf(int example, CodePointSet[] sets, Dictionary<string, int> known)
    {
        var membership = string.Concat(sets.Select(set => set.Contains(example) ? '1' : '0'));
        if (known.TryGetValue(membership, out var index))
            return index;
        known.Add(membership, _examples.Count);
        _examples.Add(example);
        return _examples.Count - 1;
    }
}

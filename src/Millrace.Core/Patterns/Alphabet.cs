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
        // Repetitions written out share their sets, so most are the same by reference and their ranges are not looked at.
        CodePointSet[] distinct = [.. sets.Append(CodePointSet.Newline).Append(CodePointSet.Word)
            .Distinct(ReferenceEqualityComparer.Instance).Cast<CodePointSet>().Distinct(SameRanges.Instance)];
        var ranges = distinct.SelectMany(set => set.Ranges);
        _starts = [.. ranges.SelectMany(range => new[] { range.First, range.Last + 1 }).Append(0).Distinct().Order()];
        _classes = new int[_starts.Length];
        Work = distinct.Sum(set => set.Ranges.Length);
        var next = 1;
        foreach (var set in distinct)
            Split(set, ref next);
        Number();
        for (var codePoint = 0; codePoint < AsciiCount; codePoint++)
            _ascii[codePoint] = Find(codePoint);
    }

    public int Count => _examples.Count;

    /// <summary>Ranges that were looked at to find the classes.</summary>
    public long Work { get; private set; }

    /// <summary>One code point of a class.</summary>
    public int Example(int characterClass) => _examples[characterClass];

    public int ClassOf(int codePoint) => codePoint < AsciiCount ? _ascii[codePoint] : Find(codePoint);

    public static Neighbour Neighbour(int codePoint) => codePoint == '\n'
        ? Patterns.Neighbour.Newline
        : CodePointSet.Word.Contains(codePoint) ? Patterns.Neighbour.Word : Patterns.Neighbour.Other;

    private int Find(int codePoint)
    {
        var index = Array.BinarySearch(_starts, codePoint);
        return _classes[index < 0 ? ~index - 1 : index];
    }

    // Whatever of a class is in the set becomes a class of its own.
    private void Split(CodePointSet set, ref int next)
    {
        var inside = new Dictionary<int, int>();
        foreach (var range in set.Ranges)
        {
            for (var i = Array.BinarySearch(_starts, range.First); i < _starts.Length && _starts[i] <= range.Last; i++)
            {
                if (!inside.TryGetValue(_classes[i], out var split))
                    inside.Add(_classes[i], split = next++);
                _classes[i] = split;
                Work++;
            }
        }
    }

    // From 0 on without gaps: a class that was split as a whole has left one.
    private void Number()
    {
        var numbers = new Dictionary<int, int>();
        for (var i = 0; i < _classes.Length; i++)
        {
            if (!numbers.TryGetValue(_classes[i], out var number))
            {
                numbers.Add(_classes[i], number = _examples.Count);
                _examples.Add(_starts[i]);
            }
            _classes[i] = number;
        }
    }

    private sealed class SameRanges : IEqualityComparer<CodePointSet>
    {
        public static readonly SameRanges Instance = new();

        public bool Equals(CodePointSet? x, CodePointSet? y) => x!.Ranges.AsSpan().SequenceEqual(y!.Ranges.AsSpan());

        public int GetHashCode(CodePointSet obj)
        {
            var hash = new HashCode();
            foreach (var range in obj.Ranges)
                hash.Add(range);
            return hash.ToHashCode();
        }
    }
}

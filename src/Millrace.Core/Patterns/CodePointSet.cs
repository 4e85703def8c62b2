using System.Collections.Immutable;

namespace Millrace.Core.Patterns;

/// <summary>The code points from the first to the last, both included.</summary>
internal readonly record struct CodePointRange(int First, int Last);

/// <summary>A set of code points as sorted ranges that neither touch nor overlap.</summary>
internal sealed class CodePointSet
{
    private const int Greatest = 0x10FFFF;

    public static readonly CodePointSet All = Of((0, Greatest));
    public static readonly CodePointSet Newline = Of(('\n', '\n'));
    public static readonly CodePointSet Word = Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    // Sets with names are shared, and a pattern may name one in every place.
    private CodePointSet? _complement;
    private CodePointSet? _withCases;

    private CodePointSet(ImmutableArray<CodePointRange> ranges) => Ranges = ranges;

    public ImmutableArray<CodePointRange> Ranges { get; }

    public static CodePointSet Of(params (int First, int Last)[] ranges) =>
        Of(ranges.Select(range => new CodePointRange(range.First, range.Last)));

    public static CodePointSet Of(IEnumerable<CodePointRange> ranges)
    {
        var merged = new List<CodePointRange>();
        foreach (var range in ranges.OrderBy(range => range.First))
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
                merged[^1] = merged[^1] with { Last = Math.Max(merged[^1].Last, range.Last) };
            else
                merged.Add(range);
        }
        return new CodePointSet([.. merged]);
    }

    public CodePointSet Complement() => _complement ??= FindComplement();

    public bool Contains(int codePoint)
    {
        var (low, high) = (0, Ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < Ranges[middle].First)
                high = middle - 1;
            else if (codePoint > Ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }
        return false;
    }

    /// <summary>With everything that differs from a member only in case.</summary>
    public CodePointSet WithCases() =>
        _withCases ??= Of(Ranges.Concat(CaseVariants.Of(this).Select(other => new CodePointRange(other, other))));

    private CodePointSet FindComplement()
    {
        var others = ImmutableArray.CreateBuilder<CodePointRange>();
        var next = 0;
        foreach (var range in Ranges)
        {
            if (range.First > next)
                others.Add(new CodePointRange(next, range.First - 1));
            next = range.Last + 1;
        }
        if (next <= Greatest)
            others.Add(new CodePointRange(next, Greatest));
        return new CodePointSet(others.ToImmutable());
    }
}

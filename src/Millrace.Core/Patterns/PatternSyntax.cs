namespace Millrace.Core.Patterns;

/// <summary>What stands beside a place in a text.</summary>
internal enum Neighbour
{
    Nothing,
    Newline,
    Word,
    Other,
}

/// <summary>What a pattern can demand of a place between two characters.</summary>
internal enum PlaceKind
{
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary,
    NotWordBoundary,
}

/// <summary>A parsed pattern. Groups and greed are gone: whether a text matches does not depend on them.</summary>
internal abstract record PatternSyntax
{
    private const long Limit = int.MaxValue;

    private PatternSyntax()
    {
    }

    /// <summary>How many states it has once its repetitions are written out, at least 1; bounded, never too small.</summary>
    public abstract long Size { get; }

    public sealed record One(CodePointSet Set) : PatternSyntax
    {
        public override long Size => 1;
    }

    public sealed record Place(PlaceKind Kind) : PatternSyntax
    {
        public override long Size => 1;
    }

    public sealed record Sequence(IReadOnlyList<PatternSyntax> Parts) : PatternSyntax
    {
        public override long Size { get; } = Math.Clamp(Parts.Sum(part => part.Size), 1, Limit);
    }

    public sealed record Choice(IReadOnlyList<PatternSyntax> Parts) : PatternSyntax
    {
        public override long Size { get; } = Math.Min(Parts.Sum(part => part.Size + 1), Limit);
    }

    /// <summary>From Least to Most times; without an end where Most is null.</summary>
    public sealed record Repeat(PatternSyntax Inner, int Least, int? Most) : PatternSyntax
    {
        public override long Size { get; } = Math.Min((Inner.Size + 1) * Math.Max(Most ?? (Least + 1), 1), Limit);
    }
}

namespace Millrace.Core.Patterns;

/// <summary>
/// A regular expression by the rules of RE2, the dialect that CEL names: a character is a code point, $ is the very end, \d, \w,
/// \s and \b are ASCII, and a match takes time linear in the text. Immutable and safe to share.
/// </summary>
internal sealed class Pattern
{
    /// <summary>The most states a pattern may have, its repetitions written out.</summary>
    public const int MaxSize = 5_000;

    // A step of an evaluation is so much work of an automaton.
    private const int WorkOfStep = 16;

    private readonly PatternSyntax _syntax;
    private PatternProgram? _program;
    private PatternMatcher? _idle;

    private Pattern(string source, PatternSyntax syntax) => (Source, _syntax) = (source, syntax);

    public string Source { get; }

    /// <summary>Steps of work that making it ready counts for. It is made ready here, or at the first match.</summary>
    public long CompilationCost => (4 * _syntax.Size) + (Program.Alphabet.Work / WorkOfStep);

    /// <summary>Entries and moves of the automaton that is kept between two matches.</summary>
    public int IdleSize => Volatile.Read(ref _idle)?.Size ?? 0;

    // Two threads at worst make it twice. Not before it is used: whoever only checks a document has no need of it.
    private PatternProgram Program => _program ??= new PatternProgram(_syntax);

    /// <summary>Reads a pattern; null with a sentence, without a capital and a full stop, where it cannot be used.</summary>
    public static Pattern? Compile(string source, out string? error)
    {
        if (new PatternParser(source).Parse(out error) is not { } syntax)
            return null;
        if (syntax.Size <= MaxSize)
            return new Pattern(source, syntax);
        error = $"it is too large: at most {MaxSize} states once its repetitions are written out";
        return null;
    }

    /// <summary>Whether some part of the text matches.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mostCost">How many steps it may cost.</param>
    /// <param name="cost">How many it has cost, a function of pattern and text alone; more than the most: there is no answer.</param>
    public bool IsMatch(string text, long mostCost, out long cost)
    {
        cost = 4 + (text.Length / WorkOfStep);
        if (cost > mostCost)
            return false;
        // A second thread at the same time builds an automaton of its own.
        var matcher = Interlocked.Exchange(ref _idle, null) ?? new PatternMatcher(Program);
        var matches = matcher.IsMatch(text, Math.Min(mostCost - cost, long.MaxValue / WorkOfStep) * WorkOfStep);
        cost += (matcher.Work + WorkOfStep - 1) / WorkOfStep;
        if (matcher.Size <= PatternMatcher.MaxIdleSize)
            Volatile.Write(ref _idle, matcher);
        return matches;
    }
}

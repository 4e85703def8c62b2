namespace Millrace.Core.Patterns;

/// <summary>
/// A regular expression by the rules of RE2, the dialect that CEL names: a character is a code point, $ is the very end, \d, \w,
/// \s and \b are ASCII, and a match takes time linear in the text. Immutable and safe to share.
/// </summary>
internal sealed class Pattern
{
    /// <summary>The most states a pattern may have, its repetitions written out.</summary>
    public const int MaxSize = 5_000;

    private readonly PatternProgram _program;
    private PatternMatcher? _idle;

    private Pattern(string source, PatternProgram program)
    {
        Source = source;
        _program = program;
    }

    public string Source { get; }

    /// <summary>States of the pattern: what a character of a text costs at most.</summary>
    public int Size => _program.Steps.Count;

    /// <summary>Compiles a pattern; null with a sentence, without a capital and a full stop, where it cannot be used.</summary>
    public static Pattern? Compile(string source, out string? error)
    {
        if (new PatternParser(source).Parse(out error) is not { } syntax)
            return null;
        if (syntax.Size <= MaxSize)
            return new Pattern(source, new PatternProgram(syntax));
        error = $"it is too large: at most {MaxSize} states once its repetitions are written out";
        return null;
    }

    /// <summary>Steps of work that matching a text counts for. A function of both alone, so that a run repeats.</summary>
    public long CostOf(string text) => 4 + ((long)text.Length * Size >> 6);

    /// <summary>Whether some part of the text matches.</summary>
    public bool IsMatch(string text)
    {
        // A second thread at the same time builds an automaton of its own.
        var matcher = Interlocked.Exchange(ref _idle, null) ?? new PatternMatcher(_program);
        var matches = matcher.IsMatch(text);
        Volatile.Write(ref _idle, matcher);
        return matches;
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Core.Expressions.Operations;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Functions;

/// <summary>A regular expression that matches in linear time, and what it costs.</summary>
internal sealed class Pattern
{
    private const int MaxLength = 2_000;
    private const int MaxSize = 5_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    private readonly Regex _regex;
    private readonly long _size;

    private Pattern(string source, Regex regex, long size)
    {
        Source = source;
        _regex = regex;
        _size = size;
    }

    public string Source { get; }

    /// <summary>Steps that compiling a pattern counts for.</summary>
    public static long CompilationCost(string source) =>
        source.Length > MaxLength ? 1_000 : 1_000 + (20L * source.Length) + (4 * Math.Min(PatternSize.Of(source), MaxSize));

    /// <summary>Compiles a pattern; null with a sentence where it is malformed, too large, or needs backtracking.</summary>
    public static Pattern? Compile(string source, out string? error)
    {
        var size = source.Length <= MaxLength ? PatternSize.Of(source) : long.MaxValue;
        if (size > MaxSize)
        {
            error = $"the pattern is too large: at most {MaxLength} characters, and {MaxSize} once its repetitions are written out";
            return null;
        }
        try
        {
            // (?P<name>...) is how RE2, the dialect CEL names, writes a named group.
            var text = source.Replace("(?P<", "(?<", StringComparison.Ordinal);
            error = null;
            return new(source, new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Timeout), size);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            error = $"the pattern {Texts.Show(source)} cannot be used: {e.Message}";
            return null;
        }
    }

    public bool TryMatch(ref EvaluationFrame frame, string text, int position, out Value result)
    {
        result = default;
        if (!frame.Charge(4 + (text.Length * _size >> 6), position))
            return false;
        try
        {
            result = _regex.IsMatch(text);
            return true;
        }
        catch (RegexMatchTimeoutException)
        {
            return frame.Fail(static (pattern, _) => $"matching against {Texts.Show(pattern)} takes too long", Source, position);
        }
    }
}

/// <summary>Estimates how many states a pattern has once counted repetitions are written out, before anything is built.</summary>
internal static class PatternSize
{
    private const long Limit = int.MaxValue;

    public static long Of(string pattern)
    {
        // One running total per open group; the last atom's size is what a quantifier multiplies.
        var outer = new Stack<long>();
        var (total, atom) = (0L, 0L);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '(':
                    outer.Push(total + atom);
                    (total, atom) = (1, 0);
                    break;
                case ')' when outer.Count > 0:
                    atom = total + atom;
                    total = outer.Pop();
                    break;
                case '{' when TryReadCount(pattern, ref i, out var count):
                    atom = Math.Min(atom * count, Limit);
                    break;
                default:
                    i = SkipAtom(pattern, i);
                    total = Math.Min(total + atom, Limit);
                    atom = 1;
                    break;
            }
        }
        while (outer.Count > 0)
            total = Math.Min(total + outer.Pop(), Limit);
        return total + atom + 1;
    }

    // The last unit of an escape or a character class that starts here.
    private static int SkipAtom(string pattern, int start)
    {
        if (pattern[start] == '\\')
            return start + 1;
        if (pattern[start] != '[')
            return start;
        for (var i = start + 2; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
                i++;
            else if (pattern[i] == ']')
                return i;
        }
        return start;
    }

    private static bool TryReadCount(string pattern, ref int i, out long count)
    {
        count = 1;
        var close = pattern.IndexOf('}', i);
        if (close < 0)
            return false;
        var bounds = pattern.AsSpan(i + 1, close - i - 1);
        var comma = bounds.IndexOf(',');
        var least = comma < 0 ? bounds : bounds[..comma];
        var most = comma < 0 || comma == bounds.Length - 1 ? least : bounds[(comma + 1)..];
        if (!uint.TryParse(least, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || !uint.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
            return false;
        count = Math.Max(1, (long)parsed);
        i = close;
        return true;
    }
}

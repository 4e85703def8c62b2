using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Millrace.Core.Patterns;

/// <summary>Parses [classes], and escapes that stand for characters.</summary>
internal sealed class PatternClassParser(PatternCursor cursor, PatternFlags flags)
{
    /// <summary>The set of a class, after its "[".</summary>
    public CodePointSet Parse()
    {
        var isNegated = cursor.TryTake("^");
        var ranges = new List<CodePointRange>();
        for (var isFirst = true; !cursor.AtEnd; isFirst = false)
        {
            if (!isFirst && cursor.TryTake("]"))
            {
                var set = CodePointSet.Of(ranges);
                return isNegated ? set.Complement() : set;
            }
            var item = Item();
            cursor.CountRanges(item.Length);
            ranges.AddRange(item);
        }
        cursor.Fail("a '[' is never closed");
        return CodePointSet.All;
    }

    /// <summary>The set that the escape after a "\" names: \d, \pL and their like.</summary>
    public bool TryNamed([NotNullWhen(true)] out CodePointSet? set)
    {
        foreach (var letter in "dsw")
        {
            if (cursor.TryTake(letter.ToString()))
                return (set = Cased(NamedSets.FindShort(letter)!)) is not null;
            if (cursor.TryTake(char.ToUpperInvariant(letter).ToString()))
                return (set = Cased(NamedSets.FindShort(letter)!).Complement()) is not null;
        }
        set = cursor.TryTake("p") ? Category() : cursor.TryTake("P") ? Category().Complement() : null;
        return set is not null;
    }

    /// <summary>The code point that the escape after a "\" stands for.</summary>
    public int EscapedCharacter()
    {
        if (cursor.AtEnd)
            return Fail("it ends in the middle of an escape");
        if (cursor.TryTake("x"))
            return Hexadecimal();
        if (cursor.TryTake("u"))
            return Utf16();
        if (cursor.TryTake("c"))
            return Control();
        if (cursor.Sees('0'))
            return cursor.TakeDigits(8, most: 3)!.Value;
        var c = cursor.Take();
        return c switch
        {
            'a' => '\a',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            >= '1' and <= '9' => Fail("back-references are not supported"),
            _ when c < 0x80 && !char.IsAsciiLetterOrDigit((char)c) => c,
            _ => Fail($"'\\{Show(c)}' is not an escape"),
        };
    }

    private ImmutableArray<CodePointRange> Item()
    {
        // Without its end it is text, as in [[:,].
        if (cursor.Sees("[:") && cursor.Has(":]") && cursor.TryTake("[:"))
            return Posix().Ranges;
        var isEscape = cursor.TryTake(@"\");
        if (isEscape && TryNamed(out var named))
            return named.Ranges;
        // In a class, a place between characters makes no sense.
        if (isEscape && cursor.TryTake("b"))
            return [new CodePointRange('\b', '\b')];
        var first = isEscape ? EscapedCharacter() : cursor.Take();
        if (cursor.Sees("-]") || !cursor.TryTake("-"))
            return Cased(CodePointSet.Of((first, first))).Ranges;
        var last = cursor.TryTake(@"\") ? EscapedCharacter() : cursor.Take();
        if (last < first)
            cursor.Fail("a range in a '[...]' goes from the lower to the higher");
        if (flags.IgnoreCase)
            cursor.CountRanges(Math.Min(last - first, CaseVariants.Count));
        return Cased(CodePointSet.Of((first, last))).Ranges;
    }

    private CodePointSet Posix()
    {
        var isNegated = cursor.TryTake("^");
        var name = cursor.TakeUntil(":]");
        if (NamedSets.FindPosix(name ?? "") is { } set)
            return isNegated ? Cased(set).Complement() : Cased(set);
        cursor.Fail($"there is no class '[:{name}:]'");
        return CodePointSet.All;
    }

    private CodePointSet Category()
    {
        var name = cursor.TryTake("{") ? cursor.TakeUntil("}") : cursor.AtEnd ? null : Show(cursor.Take());
        var isNegated = name is ['^', ..];
        if (name is not null && NamedSets.FindCategory(name.TrimStart('^')) is { } set)
            return isNegated ? Cased(set).Complement() : Cased(set);
        cursor.Fail($"'{name}' is not a Unicode category, such as L or Nd; scripts and long names are not supported");
        return CodePointSet.All;
    }

    private int Hexadecimal()
    {
        var isBraced = cursor.TryTake("{");
        var code = isBraced ? cursor.TakeDigits(16, most: 6) : cursor.TakeCode(2);
        return code is <= 0x10FFFF && (!isBraced || cursor.TryTake("}"))
            ? code.Value
            : Fail(@"after '\x' come two hexadecimal digits, or a code point as {1F600}");
    }

    // As JSON schemas write it: two halves of a pair are one character.
    private int Utf16()
    {
        const string Explanation = @"after '\u' come four hexadecimal digits";
        if (cursor.TakeCode(4) is not { } code)
            return Fail(Explanation);
        if (code is < 0xD800 or > 0xDBFF || !cursor.TryTake(@"\u"))
            return code;
        return cursor.TakeCode(4) switch
        {
            >= 0xDC00 and <= 0xDFFF and var low => char.ConvertToUtf32((char)code, (char)low),
            null => Fail(Explanation),
            _ => Fail("after the first half of a surrogate pair comes its second"),
        };
    }

    private int Control()
    {
        var letter = cursor.Take();
        return letter is >= 'A' and <= 'Z' or >= 'a' and <= 'z'
            ? letter & 0x1F
            : Fail(@"after '\c' comes a letter from A to Z");
    }

    private static string Show(int codePoint) =>
        codePoint > char.MaxValue ? char.ConvertFromUtf32(codePoint) : ((char)codePoint).ToString();

    private int Fail(string message)
    {
        cursor.Fail(message);
        return 0;
    }

    private CodePointSet Cased(CodePointSet set) => flags.IgnoreCase ? set.WithCases() : set;
}

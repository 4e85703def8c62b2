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
                var set = Cased(CodePointSet.Of(ranges));
                return isNegated ? set.Complement() : set;
            }
            ranges.AddRange(Item());
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
            _ => Fail($"'\\{char.ConvertFromUtf32(c)}' is not an escape"),
        };
    }

    private ImmutableArray<CodePointRange> Item()
    {
        if (cursor.TryTake("[:"))
            return Posix().Ranges;
        var isEscape = cursor.TryTake(@"\");
        if (isEscape && TryNamed(out var named))
            return named.Ranges;
        var first = isEscape ? EscapedCharacter() : cursor.Take();
        if (cursor.Sees("-]") || !cursor.TryTake("-"))
            return [new CodePointRange(first, first)];
        var last = cursor.TryTake(@"\") ? EscapedCharacter() : cursor.Take();
        if (last < first)
            cursor.Fail("a range in a '[...]' goes from the lower to the higher");
        return [new CodePointRange(first, last)];
    }

    private CodePointSet Posix()
    {
        var isNegated = cursor.TryTake("^");
        var name = cursor.TakeUntil(":]");
        if (NamedSets.FindPosix(name ?? "") is { } set)
            return isNegated ? Cased(set).Complement() : set;
        cursor.Fail($"there is no class '[:{name}:]'");
        return CodePointSet.All;
    }

    private CodePointSet Category()
    {
        var name = cursor.TryTake("{") ? cursor.TakeUntil("}") : cursor.AtEnd ? null : char.ConvertFromUtf32(Math.Max(cursor.Take(), 0));
        var isNegated = name is ['^', ..];
        if (name is not null && NamedSets.FindCategory(name.TrimStart('^')) is { } set)
            return isNegated ? Cased(set).Complement() : Cased(set);
        cursor.Fail($"'{name}' is not a Unicode category, such as L or Nd; scripts are not supported");
        return CodePointSet.All;
    }

    private int Hexadecimal()
    {
        var isBraced = cursor.TryTake("{");
        var code = cursor.TakeDigits(16, most: isBraced ? 6 : 2);
        return code is <= 0x10FFFF && (!isBraced || cursor.TryTake("}"))
            ? code.Value
            : Fail(@"after '\x' come two hexadecimal digits, or a code point as {1F600}");
    }

    private int Fail(string message)
    {
        cursor.Fail(message);
        return 0;
    }

    private CodePointSet Cased(CodePointSet set) => flags.IgnoreCase ? set.WithCases() : set;
}

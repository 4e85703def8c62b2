namespace Millrace.Core.Expressions.Functions;

/// <summary>CEL counts text in code points, .NET in UTF-16 units; they differ only where there are surrogates.</summary>
internal static class CodePoints
{
    public static bool IsPlain(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static int Count(string text)
    {
        if (IsPlain(text))
            return text.Length;
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }

    /// <summary>The UTF-16 offset of a code point, the end included; -1 where there is none.</summary>
    public static int Offset(string text, long index)
    {
        if (index < 0 || index > text.Length)
            return -1;
        if (IsPlain(text))
            return (int)index;
        var offset = 0;
        for (; index > 0; index--)
        {
            if (offset >= text.Length)
                return -1;
            offset += Width(text, offset);
        }
        return offset;
    }

    /// <summary>How many code points come before a UTF-16 offset.</summary>
    public static long Index(string text, int offset)
    {
        if (IsPlain(text))
            return offset;
        var index = 0L;
        for (var i = 0; i < offset; i += Width(text, i))
            index++;
        return index;
    }

    /// <summary>How many UTF-16 units the code point at an offset takes.</summary>
    public static int Width(string text, int offset) =>
        offset + 1 < text.Length && char.IsSurrogatePair(text[offset], text[offset + 1]) ? 2 : 1;
}

using System.Globalization;
using System.Text;
using Millrace.Core.Values;

namespace Millrace.Core.Expressions.Syntax;

/// <summary>A text or bytes literal: its value and where it ended, or an error and where that is.</summary>
internal readonly record struct TextLiteral(Value Value, int End, int Verbatim, string? Error)
{
    /// <summary>Reads a literal that starts at <paramref name="start"/> and whose opening quote is at <paramref name="quote"/>.</summary>
    public static TextLiteral Read(string source, int start, int quote)
    {
        var prefix = source.AsSpan(start, quote - start);
        var raw = prefix.ContainsAny('r', 'R');
        var bytes = prefix.ContainsAny('b', 'B');
        var mark = source[quote];
        var width = source.AsSpan(quote).StartsWith(mark == '"' ? "\"\"\"" : "'''", StringComparison.Ordinal) ? 3 : 1;
        var content = quote + width;
        var end = FindEnd(source, content, mark, width, raw);
        if (end < 0)
            return new(default, start, -1, "the text is never closed with " + new string(mark, width));
        var body = source.AsSpan(content, end - content);
        if (width == 1 && body.ContainsAny('\n', '\r'))
            return new(default, content + body.IndexOfAny('\n', '\r'), -1, "a line ends inside the text; use triple quotes or \\n");
        if (UnpairedSurrogate(body) is var broken && broken >= 0)
            return new(default, content + broken, -1, "the text is not valid Unicode: half of a surrogate pair is missing");
        if (raw || !body.Contains('\\'))
        {
            Value value = bytes ? BytesValue.Own(Encoding.UTF8.GetBytes(source, content, body.Length)) : body.ToString();
            return new(value, end + width, content, null);
        }
        return Unescape(source, content, end, width, bytes);
    }

    private static int FindEnd(string source, int start, char mark, int width, bool raw)
    {
        for (var i = start; i + width <= source.Length; i++)
        {
            if (source[i] == '\\' && !raw)
                i++;
            else if (source[i] == mark && (width == 1 || (source[i + 1] == mark && source[i + 2] == mark)))
                return i;
        }
        return -1;
    }

    private static int UnpairedSurrogate(ReadOnlySpan<char> text)
    {
        var start = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        for (var i = start; i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return i;
            i++;
        }
        return -1;
    }

    private static TextLiteral Unescape(string source, int start, int end, int width, bool bytes)
    {
        var text = new StringBuilder(end - start);
        var octets = bytes ? new List<byte>(end - start) : null;
        var i = start;
        while (i < end)
        {
            if (source[i] != '\\')
            {
                var run = source.AsSpan(i, end - i);
                var length = run.IndexOf('\\') is >= 0 and var found ? found : run.Length;
                text.Append(run[..length]);
                octets?.AddRange(Encoding.UTF8.GetBytes(source, i, length));
                i += length;
                continue;
            }
            if (!TryReadEscape(source, i, end, bytes, out var code, out var next))
                return new(default, i, -1, "unknown escape sequence; a literal backslash is written '\\\\'");
            if (octets is null)
                text.Append(char.ConvertFromUtf32(code));
            else
                octets.Add((byte)code);
            i = next;
        }
        return new(octets is null ? text.ToString() : BytesValue.Own([.. octets]), end + width, -1, null);
    }

    private static bool TryReadEscape(string source, int start, int end, bool bytes, out int code, out int next)
    {
        var c = source[start + 1];
        next = start + 2;
        code = c switch
        {
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\v',
            '\\' or '\'' or '"' or '`' or '?' => c,
            _ => -1,
        };
        if (code >= 0)
            return true;
        var (digits, hexadecimal) = c switch
        {
            'x' or 'X' => (2, true),
            'u' when !bytes => (4, true),
            'U' when !bytes => (8, true),
            >= '0' and <= '3' => (3, false),
            _ => (0, false),
        };
        var first = hexadecimal ? start + 2 : start + 1;
        next = first + digits;
        return digits > 0 && next <= end && TryReadDigits(source.AsSpan(first, digits), hexadecimal, out code)
            && code is >= 0 and <= 0x10FFFF and not (>= 0xD800 and <= 0xDFFF);
    }

    private static bool TryReadDigits(ReadOnlySpan<char> digits, bool hexadecimal, out int code)
    {
        if (hexadecimal)
            return int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);
        code = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7')
                return false;
            code = (code * 8) + (digit - '0');
        }
        return true;
    }
}

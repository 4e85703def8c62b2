using System.Text;

namespace Millrace.Core.Values;

/// <summary>Text from outside, by the name of its encoding, as content types give it.</summary>
public static class Charset
{
    private static readonly Encoding[] WithMarks =
        [
            Encoding.UTF8,
            Encoding.UTF32,
            new UTF32Encoding(bigEndian: true, byteOrderMark: true),
            Encoding.Unicode,
            Encoding.BigEndianUnicode,
        ];

    /// <summary>The encoding of a name, such as iso-8859-15; UTF-8 where there is no name; null where none has that name.</summary>
    public static Encoding? Find(string? name)
    {
        name = name?.Trim().Trim('"', '\'');
        if (string.IsNullOrEmpty(name) || name.ToUpperInvariant() is "UTF-8" or "UTF8")
            return Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Bytes as text. A byte order mark at their beginning says more than the name, and is no part of the text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        var (marked, length) = MarkOf(bytes);
        return (marked ?? encoding).GetString(bytes[length..]);
    }

    /// <summary>The same text in UTF-8, without a byte order mark; not copied where it is that already.</summary>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> bytes, Encoding encoding)
    {
        var (marked, length) = MarkOf(bytes.Span);
        var rest = bytes[length..];
        return (marked ?? encoding) is { CodePage: 65001 } ? rest : Encoding.UTF8.GetBytes((marked ?? encoding).GetString(rest.Span));
    }

    private static (Encoding? Encoding, int Length) MarkOf(ReadOnlySpan<byte> bytes)
    {
        foreach (var encoding in WithMarks)
        {
            if (bytes.StartsWith(encoding.Preamble))
                return (encoding, encoding.Preamble.Length);
        }
        return (null, 0);
    }
}

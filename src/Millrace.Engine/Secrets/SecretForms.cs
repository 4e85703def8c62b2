using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Millrace.Engine.Secrets;

/// <summary>A way in which a secret may come back.</summary>
/// <param name="Text">The text to look for.</param>
/// <param name="IsWhole">Whether it counts only where it stands alone: as a part of a longer word or number it is there by chance.</param>
internal readonly record struct SecretForm(string Text, bool IsWhole);

/// <summary>The ways in which a secret may come back: as it is, or escaped or encoded by whatever it went through.</summary>
internal static class SecretForms
{
    /// <summary>Values shorter than this are not looked for: they would be found everywhere.</summary>
    public const int ShortestValue = 8;

    /// <summary>All forms of a value that are long enough to be told from chance.</summary>
    public static IEnumerable<SecretForm> Of(string value) => value.Length < ShortestValue
        ? []
        : Written(value).Select(text => new SecretForm(text, IsWord(value)))
            .Concat(Encoded(value).Select(text => new SecretForm(text, IsWhole: false)))
            .Where(form => form.Text.Length >= ShortestValue)
            .DistinctBy(form => form.Text, StringComparer.Ordinal);

    // Anything else is too unlikely to be there by chance, and the author may have put it into the middle of a word: "bot{{ secrets.key }}".
    private static bool IsWord(string value) => value.All(char.IsLetter) || value.All(char.IsDigit);

    private static IEnumerable<string> Written(string value)
    {
        yield return value;
        var escaped = Uri.EscapeDataString(value);
        yield return escaped;
        yield return LowerHex(escaped);
        yield return WebUtility.UrlEncode(value);
        yield return JsonEncodedText.Encode(value).ToString();
        yield return JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
        yield return WebUtility.HtmlEncode(value);
    }

    private static IEnumerable<string> Encoded(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        yield return Convert.ToHexString(bytes);
        yield return Convert.ToHexStringLower(bytes);
        for (var offset = 0; offset < 3; offset++)
        {
            var core = Base64Core(bytes, offset);
            yield return core;
            yield return core.Replace('+', '-').Replace('/', '_');
        }
    }

    // What the value becomes inside something that is encoded as a whole, such as "user:password": the characters that depend on nothing
    // around it, for each of the three places in which it can begin.
    private static string Base64Core(byte[] bytes, int offset)
    {
        var padded = new byte[offset + bytes.Length];
        bytes.CopyTo(padded, offset);
        var first = (offset * 8 + 5) / 6;
        var end = padded.Length * 8 / 6;
        return Convert.ToBase64String(padded)[first..end];
    }

    private static string LowerHex(string escaped)
    {
        var text = escaped.ToCharArray();
        for (var i = 0; i + 2 < text.Length; i++)
        {
            if (text[i] == '%')
                (text[i + 1], text[i + 2]) = (char.ToLowerInvariant(text[i + 1]), char.ToLowerInvariant(text[i + 2]));
        }
        return new string(text);
    }
}

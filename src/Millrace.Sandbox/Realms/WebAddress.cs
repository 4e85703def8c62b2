using System.Globalization;
using System.Net;
using System.Text;

namespace Millrace.Sandbox.Realms;

/// <summary>A URL as browsers read it (the URL Standard of the WHATWG), in its parts as they are written.</summary>
/// <param name="Scheme">In lower case, without the colon.</param>
/// <param name="Host">Null: it has none, such as `mailto:`.</param>
/// <param name="Port">Null: the scheme's usual one.</param>
/// <param name="Query">Without the question mark; null: none.</param>
/// <param name="Fragment">Without the number sign; null: none.</param>
internal sealed record WebAddress(string Scheme, string Username, string Password, string? Host, int? Port, string Path, string? Query,
    string? Fragment)
{
    private const string PathSet = " \"#<>?^`{}";
    private const string UserSet = PathSet + "/:;=@[\\]|";
    private const string ForbiddenInHosts = "\0\t\n\r #/:<>?@[\\]^|%\u007f";
    private static readonly IdnMapping International = new() { AllowUnassigned = true, UseStd3AsciiRules = false };

    private bool IsSpecial => UsualPort(Scheme) is not null;

    /// <summary>Reads one; null: it is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="against">What it is relative to; null: nothing.</param>
    public static WebAddress? Parse(string text, string? against)
    {
        WebAddress? within = null;
        if (against is not null && (within = Parse(against, null)) is null)
            return null;
        text = text.Trim([.. Enumerable.Range(0, 33).Select(code => (char)code)]).Replace("\t", "",
            StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal);
        var (rest, fragment) = Cut(text, '#');
        fragment = fragment is null ? null : Encoded(fragment, " \"<>`");
        if (SchemeLength(rest) is var length and > 0)
        {
            var scheme = rest[..length].ToLowerInvariant();
            rest = rest[(length + 1)..];
            if (within is not null && UsualPort(scheme) is not null && string.Equals(within.Scheme, scheme, StringComparison.Ordinal)
                && !rest.StartsWith('/') && !rest.StartsWith('\\'))
                return within.Relative(rest, fragment);
            return Absolute(scheme, rest, fragment);
        }
        return within?.Relative(rest, fragment);
    }

    private static WebAddress? Absolute(string scheme, string rest, string? fragment)
    {
        var special = UsualPort(scheme) is not null;
        (rest, var query) = Cut(rest, '?');
        query = query is null ? null : Encoded(query, special ? " \"#<>'" : " \"#<>");
        if (special)
            rest = rest.Replace('\\', '/');
        if (special && scheme is not "file")
            return WithAuthority(scheme, rest.TrimStart('/'), query, fragment);
        if (rest.StartsWith("//", StringComparison.Ordinal))
            return WithAuthority(scheme, rest[2..], query, fragment);
        if (scheme is "file")
            return new WebAddress(scheme, "", "", "", null, Shortened(rest.StartsWith('/') ? rest : "/" + rest), query, fragment);
        return new WebAddress(scheme, "", "", null, null, rest.StartsWith('/') ? Shortened(rest) : Encoded(rest, ""), query, fragment);
    }

    private static WebAddress? WithAuthority(string scheme, string rest, string? query, string? fragment)
    {
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (authority, path) = slash < 0 ? (rest, "") : (rest[..slash], rest[slash..]);
        var (username, password) = ("", "");
        if (authority.LastIndexOf('@') is var at and >= 0)
        {
            (var name, var word) = Cut(authority[..at], ':');
            (username, password, authority) = (Encoded(name, UserSet), Encoded(word ?? "", UserSet), authority[(at + 1)..]);
        }
        if (TakePort(ref authority, scheme) is not { } port || ReadHost(authority, scheme) is not { } host)
            return null;
        var special = UsualPort(scheme) is not null;
        if (path.Length == 0 && special)
            path = "/";
        return new WebAddress(scheme, username, password, host, port < 0 ? null : port, Shortened(path), query, fragment);
    }

    private WebAddress? Relative(string rest, string? fragment)
    {
        if (rest.Length == 0)
            return this with { Fragment = fragment };
        if (Host is null && !Path.StartsWith('/'))
            return null;
        (rest, var query) = Cut(rest, '?');
        query = query is null ? null : Encoded(query, IsSpecial ? " \"#<>'" : " \"#<>");
        if (IsSpecial)
            rest = rest.Replace('\\', '/');
        if (rest.StartsWith("//", StringComparison.Ordinal))
            return WithAuthority(Scheme, rest[2..], query, fragment);
        if (rest.Length == 0)
            return this with { Query = query ?? Query, Fragment = fragment };
        var path = rest.StartsWith('/') ? rest : Path[..(Path.LastIndexOf('/') + 1)] + rest;
        return this with { Path = Shortened(path), Query = query, Fragment = fragment };
    }

    private static (string Before, string? After) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is var found and >= 0 ? (text[..found], text[(found + 1)..]) : (text, null);

    private static int SchemeLength(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == ':')
                return at;
            if (!(char.IsAsciiLetter(text[at]) || (at > 0 && (char.IsAsciiDigit(text[at]) || text[at] is '+' or '-' or '.'))))
                return 0;
        }
        return 0;
    }

    private static int? UsualPort(string scheme) =>
        scheme switch { "http" or "ws" => 80, "https" or "wss" => 443, "ftp" => 21, "file" => -1, _ => null };

    // Null: it is none; below zero: none is given, or the usual one.
    private static int? TakePort(ref string authority, string scheme)
    {
        var colon = authority.LastIndexOf(':');
        if (colon < 0 || authority.IndexOf(']', colon) >= 0)
            return -1;
        var digits = authority[(colon + 1)..];
        authority = authority[..colon];
        if (digits.Length == 0)
            return -1;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65_535)
            return null;
        return port == UsualPort(scheme) ? -1 : port;
    }

    private static string? ReadHost(string text, string scheme)
    {
        if (text.StartsWith('['))
            return text.EndsWith(']') && !text.Contains('%', StringComparison.Ordinal) && IPAddress.TryParse(text, out var six)
                && six.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{six}]" : null;
        if (UsualPort(scheme) is null)
            return text.Any(letter => letter != '%' && ForbiddenInHosts.Contains(letter, StringComparison.Ordinal))
                ? null : Encoded(text, "");
        if (text.Length == 0)
            return scheme is "file" ? "" : null;
        try
        {
            var name = Uri.UnescapeDataString(text);
            var ascii = name.All(char.IsAscii)
                ? name.ToLowerInvariant() : International.GetAscii(name.Normalize(NormalizationForm.FormKC).ToLowerInvariant());
            if (ascii.Length == 0 || ascii.Any(letter => letter < 33 || ForbiddenInHosts.Contains(letter, StringComparison.Ordinal)))
                return null;
            return EndsInNumber(ascii) ? Four(ascii) : ascii;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool EndsInNumber(string host)
    {
        var last = host.TrimEnd('.')[(host.TrimEnd('.').LastIndexOf('.') + 1)..];
        return last.Length > 0
            && (last.All(char.IsAsciiDigit) || (last.StartsWith("0x", StringComparison.Ordinal) && last[2..].All(char.IsAsciiHexDigit)));
    }

    // Browsers take numbers of one to four parts, in tens, eights or sixteens.
    private static string? Four(string host)
    {
        var parts = (host.EndsWith('.') ? host[..^1] : host).Split('.');
        if (parts.Length > 4)
            return null;
        var address = 0L;
        for (var at = 0; at < parts.Length; at++)
        {
            var isLast = at == parts.Length - 1;
            var most = isLast ? 1L << (8 * (5 - parts.Length)) : 256;
            if (Number(parts[at]) is not { } number || number >= most)
                return null;
            address += isLast ? number : number << (8 * (3 - at));
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");
    }

    private static long? Number(string part)
    {
        try
        {
            if (part.Length is 0 or > 14)
                return null;
            if (part.StartsWith("0x", StringComparison.Ordinal))
                return part.Length == 2 ? 0 : Convert.ToInt64(part[2..], 16);
            return part.Length > 1 && part[0] == '0'
                ? Convert.ToInt64(part, 8) : long.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Shortened(string path)
    {
        if (path.Length == 0)
            return path;
        var kept = new List<string>();
        var parts = Encoded(path, PathSet).Split('/')[1..];
        for (var at = 0; at < parts.Length; at++)
        {
            var part = parts[at].Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
            if (part is not ("." or ".."))
            {
                kept.Add(parts[at]);
                continue;
            }
            if (part is ".." && kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
            if (at == parts.Length - 1)
                kept.Add("");
        }
        return "/" + string.Join('/', kept);
    }

    private static string Encoded(string text, string set)
    {
        var encoded = new StringBuilder(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is > 31 and < 127 && !set.Contains((char)rune.Value, StringComparison.Ordinal))
            {
                encoded.Append((char)rune.Value);
                continue;
            }
            foreach (var one in bytes[..rune.EncodeToUtf8(bytes)])
                encoded.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }
        return encoded.ToString();
    }
}

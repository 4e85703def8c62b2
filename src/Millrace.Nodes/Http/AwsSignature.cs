using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Nodes.Http;

/// <summary>
/// AWS Signature Version 4 in a request's headers: an HMAC, by a key that is derived for the day, region and service, over a hash of
/// the request in a canonical form.
/// </summary>
internal static class AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    /// <summary>Signs a message; whatever is changed in it later spoils the signature.</summary>
    public static async Task SignAsync(HttpRequestMessage message, HttpAuth auth, DateTimeOffset now, CancellationToken cancellation)
    {
        var payload = message.Content is null ? [] : await message.Content.ReadAsByteArrayAsync(cancellation);
        var hash = Hex(SHA256.HashData(payload));
        var time = now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        foreach (var name in (string[])["X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "Authorization"])
            message.Headers.Remove(name);
        message.Headers.TryAddWithoutValidation("X-Amz-Date", time);
        if (!string.IsNullOrEmpty(auth.SessionToken))
            message.Headers.TryAddWithoutValidation("X-Amz-Security-Token", auth.SessionToken);
        if (IsS3(auth))
            message.Headers.TryAddWithoutValidation("X-Amz-Content-Sha256", hash);
        var headers = SignedHeaders(message);
        var names = string.Join(';', headers.Keys);
        var canonical = string.Join(
            '\n',
            message.Method.Method,
            PathOf(message.RequestUri!, IsS3(auth)),
            QueryOf(message.RequestUri!),
            string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n")),
            names,
            hash);
        var scope = $"{time[..8]}/{auth.Region}/{auth.Service}/aws4_request";
        var signature = Hex(
            Mac(
                KeyOf(auth, time[..8]),
                string.Join('\n', Algorithm, time, scope, Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))))));
        message.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={auth.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    private static bool IsS3(HttpAuth auth) => string.Equals(auth.Service, "s3", StringComparison.OrdinalIgnoreCase);

    // What decides over the request; the rest may be changed on its way.
    private static SortedDictionary<string, string> SignedHeaders(HttpRequestMessage message)
    {
        var url = message.RequestUri!;
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = message.Headers.Host ?? (url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}"),
        };
        foreach (var (name, values) in message.Headers.NonValidated)
        {
            var key = name.ToLowerInvariant();
            if (key.StartsWith("x-amz-", StringComparison.Ordinal))
                signed[key] = string.Join(',', values.Select(Trimmed));
        }
        if (message.Content?.Headers.NonValidated.TryGetValues("Content-Type", out var types) == true)
            signed["content-type"] = string.Join(',', types.Select(Trimmed));
        return signed;
    }

    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // Everybody but S3 encodes what is encoded already once more.
    private static string PathOf(Uri url, bool isS3)
    {
        var path = url.AbsolutePath;
        return isS3
            ? string.Join('/', path.Split('/').Select(segment => Encode(Uri.UnescapeDataString(segment))))
            : string.Join('/', path.Split('/').Select(Encode));
    }

    private static string QueryOf(Uri url) => string.Join('&', url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(
            pair => (Name: Encode(Uri.UnescapeDataString(pair[0])), Value: pair.Length > 1 ? Encode(Uri.UnescapeDataString(pair[1])) : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (Unreserved.Contains((char)octet, StringComparison.Ordinal))
                encoded.Append((char)octet);
            else
                encoded.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }

    private static byte[] KeyOf(HttpAuth auth, string day)
    {
        var key = Mac(Encoding.UTF8.GetBytes("AWS4" + auth.SecretAccessKey), day);
        return Mac(Mac(Mac(key, auth.Region!), auth.Service!), "aws4_request");
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}

using System.Text;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Reads responses into values, within limits.</summary>
internal static class HttpResponseReader
{
    /// <summary>Status and headers.</summary>
    public static MapValue Head(HttpResponseMessage response) => new MapBuilder().Set("status", (long)response.StatusCode).Set("headers", Headers(response)).Build();

    /// <summary>Headers by their names in lower case; repeated ones are joined, but for set-cookie, which is a list.</summary>
    public static MapValue Headers(HttpResponseMessage response)
    {
        var headers = new MapBuilder();
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            var key = name.ToLowerInvariant();
            headers.Set(key, key is "set-cookie" ? ListValue.Create(values.Select(value => (Value)value)) : string.Join(", ", values));
        }
        return headers.Build();
    }

    /// <summary>Reads the unpacked body up to a limit; says whether that was all.</summary>
    public static async Task<(byte[] Body, bool IsComplete)> ReadAsync(HttpResponseMessage response, int limit, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (body.Length <= limit)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit + 1L - body.Length)), cancellation);
            if (count == 0)
                return (body.ToArray(), true);
            body.Write(buffer, 0, count);
        }
        return (body.ToArray()[..limit], false);
    }

    /// <summary>Stores the unpacked body as a file; null where it has more bytes than a limit.</summary>
    public static async Task<FileValue?> StoreAsync(HttpResponseMessage response, Uri url, int limit, EffectContext context, CancellationToken cancellation)
    {
        var headers = response.Content.Headers;
        var name = headers.ContentDisposition is { } disposition ? disposition.FileNameStar ?? disposition.FileName?.Trim('"') : Uri.UnescapeDataString(url.Segments[^1]);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        return await context.StoreFileAsync(stream, headers.ContentType?.ToString() ?? "application/octet-stream", name, limit, cancellation);
    }

    /// <summary>The body as a value; false where it should be JSON and is not.</summary>
    public static bool TryDecode(HttpResponseMessage response, byte[] body, HttpResponseKind kind, out Value value, out string? problem)
    {
        value = default;
        problem = null;
        if (body.Length == 0 && kind != HttpResponseKind.Text)
            return true;
        var text = Decode(response, body);
        value = text;
        if (kind == HttpResponseKind.Text || (kind == HttpResponseKind.Auto && !IsJson(response)))
            return true;
        try
        {
            value = ValueJson.Parse(text);
            return true;
        }
        catch (JsonException e)
        {
            // By its own account it was JSON; whoever reads it as text sees what it is instead.
            problem = ValueJson.Explain(e) + ".";
            return kind == HttpResponseKind.Auto;
        }
    }

    private static bool IsJson(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType is { } type
        && (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static string Decode(HttpResponseMessage response, byte[] body)
    {
        using var reader = new StreamReader(new MemoryStream(body), EncodingOf(response.Content.Headers.ContentType?.CharSet), detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }

    private static Encoding EncodingOf(string? charset) =>
        Encoding.GetEncodings().FirstOrDefault(known => string.Equals(known.Name, charset?.Trim('"'), StringComparison.OrdinalIgnoreCase))?.GetEncoding() ?? Encoding.UTF8;
}

using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Reads responses into values, within limits.</summary>
internal static class HttpResponseReader
{
    private const int SmallestBuffer = 1024;
    private const int LargestFirstBuffer = 1024 * 1024;

    /// <summary>The status and the headers of a response, as a node's output has them.</summary>
    public static MapValue Head(HttpResponseMessage response) => MapValue.Of(("status", (long)response.StatusCode), ("headers", Headers(response)));

    /// <summary>Status, headers and body.</summary>
    public static MapValue Whole(HttpResponseMessage response, Value body) => MapValue.Of(("status", (long)response.StatusCode), ("headers", Headers(response)), ("body", body));

    /// <summary>Headers by their names in lower case; repeated ones are joined, but for set-cookie, which is a list.</summary>
    public static MapValue Headers(HttpResponseMessage response)
    {
        var (head, content) = (response.Headers.NonValidated, response.Content.Headers.NonValidated);
        var headers = new (string, Value)[head.Count + content.Count];
        var count = 0;
        foreach (var (name, values) in head)
            headers[count++] = Header(name, values);
        foreach (var (name, values) in content)
            headers[count++] = Header(name, values);
        return MapValue.Of(headers);
    }

    /// <summary>Reads the unpacked body up to a limit; says whether that was all.</summary>
    public static async Task<(byte[] Body, bool IsComplete)> ReadAsync(HttpResponseMessage response, int limit, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        // What the server says that it sends; the limit holds whatever it says.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp((response.Content.Headers.ContentLength ?? 0) + 1, SmallestBuffer, LargestFirstBuffer));
        try
        {
            var length = 0;
            while (length <= limit)
            {
                if (length == buffer.Length)
                    buffer = Larger(buffer);
                var count = await stream.ReadAsync(buffer.AsMemory(length, (int)Math.Min(buffer.Length - length, limit + 1L - length)), cancellation);
                if (count == 0)
                    return (buffer.AsSpan(0, length).ToArray(), true);
                length += count;
            }
            return (buffer.AsSpan(0, limit).ToArray(), false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Stores the unpacked body as a file; null where it has more bytes than a limit.</summary>
    public static async Task<FileValue?> StoreAsync(HttpResponseMessage response, Uri url, int limit, EffectContext context, CancellationToken cancellation)
    {
        var headers = response.Content.Headers;
        var name = headers.ContentDisposition is { } disposition ? disposition.FileNameStar ?? disposition.FileName?.Trim('"') : Uri.UnescapeDataString(url.Segments[^1]);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        return await context.Files.StoreAsync(stream, headers.ContentType?.ToString() ?? "application/octet-stream", name, limit, cancellation);
    }

    /// <summary>The body as a value; false where it should be JSON and is not.</summary>
    public static bool TryDecode(HttpResponseMessage response, byte[] body, HttpResponseKind kind, out Value value, out string? problem)
    {
        value = default;
        problem = null;
        if (body.Length == 0 && kind != HttpResponseKind.Text)
            return true;
        if (kind == HttpResponseKind.Text || (kind == HttpResponseKind.Auto && !IsJson(response)))
        {
            value = Decode(response, body);
            return true;
        }
        try
        {
            value = IsUtf8(response, body) ? ValueJson.Parse(body) : ValueJson.Parse(Decode(response, body));
            return true;
        }
        catch (JsonException e)
        {
            // By its own account it was JSON; whoever reads it as text sees what it is instead.
            value = Decode(response, body);
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

    private static (string, Value) Header(string name, HeaderStringValues values)
    {
        var key = name.ToLowerInvariant();
        if (key is "set-cookie")
            return (key, ListValue.Create(values.Select(value => (Value)value)));
        return (key, values.Count == 1 ? values.ToString() : string.Join(", ", values));
    }

    // By what it says, and without a mark at its beginning that says otherwise.
    private static bool IsUtf8(HttpResponseMessage response, byte[] body) =>
        response.Content.Headers.ContentType?.CharSet is not { } charset ? IsPlain(body) : charset.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase) && IsPlain(body);

    private static bool IsPlain(byte[] body) => body[0] is not (0xEF or 0xFE or 0xFF or 0);

    private static Encoding EncodingOf(string? charset) => charset is null
        ? Encoding.UTF8
        : Encoding.GetEncodings().FirstOrDefault(known => string.Equals(known.Name, charset.Trim('"'), StringComparison.OrdinalIgnoreCase))?.GetEncoding() ?? Encoding.UTF8;

    private static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

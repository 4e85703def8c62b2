using System.Buffers;
using System.Net.Http.Headers;
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
    public static MapValue Head(HttpResponseMessage response) =>
        MapValue.Of(("status", (long)response.StatusCode), ("headers", Headers(response)));

    /// <summary>Status, headers and body.</summary>
    public static MapValue Whole(HttpResponseMessage response, Value body) =>
        MapValue.Of(("status", (long)response.StatusCode), ("headers", Headers(response)), ("body", body));

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
    /// <exception cref="IOException">It is compressed in a way that was not asked for.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or its end is missing.</exception>
    public static Task<(byte[] Body, bool IsComplete)> ReadAsync(
        HttpResponseMessage response, int limit, CancellationToken cancellation) =>
        UnpackAsync(response, stream => ReadAsync(stream, response.Content.Headers.ContentLength ?? 0, limit, cancellation), cancellation);

    private static async Task<(byte[] Body, bool IsComplete)> ReadAsync(
        Stream stream, long expected, int limit, CancellationToken cancellation)
    {
        // What the server says that it sends; the limit holds whatever it says.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected + 1, SmallestBuffer, LargestFirstBuffer));
        try
        {
            var length = 0;
            while (length <= limit)
            {
                if (length == buffer.Length)
                    buffer = Larger(buffer);
                var count = await stream.ReadAsync(
                    buffer.AsMemory(length, (int)Math.Min(buffer.Length - length, limit + 1L - length)), cancellation);
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
    public static async Task<FileValue?> StoreAsync(
        HttpResponseMessage response, Uri url, int limit, EffectContext context, CancellationToken cancellation)
    {
        var headers = response.Content.Headers;
        var name = headers.ContentDisposition is { } disposition
            ? disposition.FileNameStar ?? disposition.FileName?.Trim('"')
            : Uri.UnescapeDataString(url.Segments[^1]);
        var type = headers.ContentType?.ToString() ?? "application/octet-stream";
        return await UnpackAsync(response, stream => context.Files.StoreAsync(stream, type, name, limit, cancellation), cancellation);
    }

    /// <summary>The body as a value.</summary>
    public static DecodedBody Decode(HttpResponseMessage response, byte[] body, HttpResponseKind kind)
    {
        if (body.Length == 0 && kind != HttpResponseKind.Text)
            return new DecodedBody(default);
        var type = response.Content.Headers.ContentType;
        if (Charset.Find(type?.CharSet) is not { } encoding)
        {
            var bytes = MapValue.Of(("base64", Convert.ToBase64String(body)), ("mediaType", type!.ToString()));
            var problem = $"its charset '{type.CharSet}' is unknown";
            return kind == HttpResponseKind.Json
                ? new DecodedBody(bytes, Failure: problem)
                : new DecodedBody(bytes, Warning: $"{problem}; the body is {{base64, mediaType}}");
        }
        if (kind == HttpResponseKind.Text || (kind == HttpResponseKind.Auto && !IsJson(response)))
            return new DecodedBody(Charset.Decode(body, encoding));
        try
        {
            return new DecodedBody(ValueJson.Parse(Charset.ToUtf8(body, encoding).Span));
        }
        catch (JsonException e)
        {
            // By its own account it was JSON; read as text, it shows what it is instead.
            var text = Charset.Decode(body, encoding);
            return kind == HttpResponseKind.Json
                ? new DecodedBody(text, Failure: $"it is not JSON: {ValueJson.Explain(e)}")
                : new DecodedBody(
                    text, Warning: $"it has a JSON content type, but is not JSON; it is returned as text. {ValueJson.Explain(e)}");
        }
    }

    // The client undoes the encodings that it asks for, and takes them out of the headers.
    private static async Task<T> UnpackAsync<T>(HttpResponseMessage response, Func<Stream, Task<T>> read, CancellationToken cancellation)
    {
        var left = response.Content.Headers.ContentEncoding
            .Where(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)).ToList();
        if (left.Count > 0)
            throw new UnaskedEncodingException($"its response is encoded as '{string.Join(", ", left)}', which was not asked for");
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        try
        {
            return await read(stream);
        }
        catch (InvalidOperationException e) when (string.Equals(e.Source, "System.IO.Compression.Brotli", StringComparison.Ordinal))
        {
            // What Brotli says of damaged data.
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static bool IsJson(HttpResponseMessage response) => response.Content.Headers.ContentType?.MediaType is { } type
        && (
            type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    private static (string, Value) Header(string name, HeaderStringValues values)
    {
        var key = name.ToLowerInvariant();
        if (key is "set-cookie")
            return (key, ListValue.Create(values.Select(value => (Value)value)));
        return (key, values.Count == 1 ? values.ToString() : string.Join(", ", values));
    }

    private static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

/// <summary>A body as a value, and what is to be said of it.</summary>
/// <param name="Value">The value; where it could not be read as it should, what it is instead.</param>
/// <param name="Failure">Why it is not what the config asks for, as the rest of a sentence; null: it is.</param>
/// <param name="Warning">What was strange, as the rest of a sentence; null: nothing.</param>
internal readonly record struct DecodedBody(Value Value, string? Failure = null, string? Warning = null);

/// <summary>A response is compressed in a way that was not asked for.</summary>
/// <param name="message">How, as the rest of a sentence.</param>
internal sealed class UnaskedEncodingException(string message) : IOException(message);

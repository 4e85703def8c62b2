using System.IO.Compression;
using System.Text;
using Microsoft.Net.Http.Headers;
using Millrace.Core.Values;

namespace Millrace.Server.Http;

/// <summary>A request's body, its encodings undone.</summary>
/// <param name="Sent">As it came: what a signature is of.</param>
/// <param name="Bytes">Decompressed.</param>
/// <param name="Encoding">The encoding of its text.</param>
internal sealed record RequestContent(byte[] Sent, byte[] Bytes, Encoding Encoding)
{
    /// <summary>The compressions that are taken, as `Accept-Encoding` names them.</summary>
    private const string Compressions = "gzip, deflate, br";

    /// <summary>The text of it.</summary>
    public string Text => Charset.Decode(Bytes, Encoding);

    /// <summary>The text of it as UTF-8, without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Utf8 => Charset.ToUtf8(Bytes, Encoding);

    /// <summary>Whether a request's body is what it seems: not compressed, and in UTF-8 as far as its content type says.</summary>
    public static bool IsPlain(HttpRequest request) =>
        request.Headers.ContentEncoding.Count == 0
        && (request.ContentType is not { } type || !type.Contains("charset", StringComparison.OrdinalIgnoreCase) || EncodingOf(request) is { CodePage: 65001 });

    /// <summary>Undoes the encodings of a body that was read.</summary>
    public static async ValueTask<(RequestContent Content, ProblemReply? Problem)> DecodeAsync(HttpContext context, byte[] sent)
    {
        var plain = new RequestContent(sent, sent, Encoding.UTF8);
        if (IsPlain(context.Request))
            return (plain, null);
        if (EncodingOf(context.Request) is not { } encoding)
            return (plain, Unsupported("unsupported_charset", $"The body's charset in '{context.Request.ContentType}' is unknown. Send it as UTF-8."));
        var (bytes, problem) = await DecompressAsync(context, sent);
        return (new RequestContent(sent, bytes, encoding), problem);
    }

    private static Encoding? EncodingOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? Charset.Find(type.Charset.Value) : Encoding.UTF8;

    private static async ValueTask<(byte[] Bytes, ProblemReply? Problem)> DecompressAsync(HttpContext context, byte[] sent)
    {
        var name = context.Request.Headers.ContentEncoding.ToString().Trim();
        if (sent.Length == 0 || name.Length == 0 || name.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return (sent, null);
        await using var stream = StreamOf(name, new MemoryStream(sent));
        if (stream is null)
        {
            context.Response.Headers.AcceptEncoding = Compressions;
            return (sent, Unsupported("unsupported_encoding", $"The body is encoded as '{name}'. Send it with one of {Compressions}, or without any."));
        }
        try
        {
            return await ReadAsync(stream, context.RequestAborted) is { } bytes
                ? (bytes, null)
                : (
                    sent,
                    new ProblemReply(
                        StatusCodes.Status413PayloadTooLarge,
                        "body_too_large",
                        $"The body is larger than {RequestBody.Limit} bytes when it is decompressed. Send less, or split it."));
        }
        // Brotli says InvalidOperation of damaged data.
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or IOException)
        {
            return (sent, ProblemReply.Malformed("malformed_encoding", $"The body is not valid {name}: it is damaged, or its end is missing."));
        }
    }

    private static Stream? StreamOf(string name, MemoryStream sent) => name.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(sent, CompressionMode.Decompress),
        "deflate" => new ZLibStream(sent, CompressionMode.Decompress),
        "br" => new BrotliStream(sent, CompressionMode.Decompress),
        _ => null,
    };

    // Null where it is too large: what is packed small may be endless.
    private static async ValueTask<byte[]?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            if (read.Length + count > RequestBody.Limit)
                return null;
            read.Write(buffer, 0, count);
        }
        return read.ToArray();
    }

    private static ProblemReply Unsupported(string code, string message) => new(StatusCodes.Status415UnsupportedMediaType, code, message);
}

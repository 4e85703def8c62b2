using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;

namespace Millrace.Server.Http;

/// <summary>Reads request bodies whole; the connection refuses those that are too large.</summary>
internal static class RequestBody
{
    /// <summary>Bytes of a body.</summary>
    public const int Limit = 4 * 1024 * 1024;

    /// <summary>Whether a body comes with the request. Without a length it is known only once it was read.</summary>
    public static bool IsPresent(HttpRequest request) =>
        request.ContentLength > 0
            || request.Headers.TransferEncoding.Count > 0
            || request is { Protocol: not ("HTTP/1.1" or "HTTP/1.0"), ContentLength: null };

    /// <summary>The format that the request says its body has; null: one that is not understood.</summary>
    public static DocumentFormat? FormatOf(HttpRequest request)
    {
        var contentType = request.ContentType;
        // What nearly everybody sends needs no parsing.
        if (string.Equals(contentType, "application/json", StringComparison.OrdinalIgnoreCase))
            return DocumentFormat.Json;
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
            return null;
        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "application/json" => DocumentFormat.Json,
            "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml" => DocumentFormat.Yaml,
            _ => null,
        };
    }

    /// <summary>A JSON body as an object; an absent one is empty. Otherwise the problem with it.</summary>
    public static async ValueTask<(MapValue? Body, ProblemReply? Problem)> ReadObjectAsync(HttpContext context)
    {
        var (value, problem) = await ReadJsonAsync(context);
        if (problem is not null)
            return (null, problem);
        if (value.IsNull)
            return (MapValue.Empty, null);
        return value.TryGetMap(out var map)
            ? (map, null)
            : (null, ProblemReply.Invalid("The body must be a JSON object.", [new Problem("", "wrong_type", "The body must be a JSON object.")]));
    }

    /// <summary>The body, its encodings undone. Otherwise the problem with it.</summary>
    public static async ValueTask<(RequestContent Content, ProblemReply? Problem)> ReadAsync(HttpContext context)
    {
        var body = await BufferAsync(context);
        var bytes = body.ToArray();
        context.Request.BodyReader.AdvanceTo(body.End);
        return await RequestContent.DecodeAsync(context, bytes);
    }

    /// <summary>The body's text in UTF-8, for documents that are kept as they are written. Otherwise the problem with it.</summary>
    public static async ValueTask<(ReadOnlyMemory<byte> Text, ProblemReply? Problem)> ReadTextAsync(HttpContext context)
    {
        var (content, problem) = await ReadAsync(context);
        return (content.Utf8, problem);
    }

    // All of the body; whoever asked advances the reader behind it.
    private static async ValueTask<ReadOnlySequence<byte>> BufferAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                // Without a token: the end of the connection ends the reading by itself.
                var read = await reader.ReadAsync(CancellationToken.None);
                if (read.IsCompleted)
                    return read.Buffer;
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // The caller's doing either way.
            throw new BadHttpRequestException("The body cannot be read completely: the connection was closed, or the size of a chunk is not a number.", e);
        }
    }

    private static async ValueTask<(Value Value, ProblemReply? Problem)> ReadJsonAsync(HttpContext context)
    {
        if (!IsPresent(context.Request))
            return (Value.Null, null);
        if (FormatOf(context.Request) == DocumentFormat.Yaml)
            return (Value.Null, new ProblemReply(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "This request takes JSON only. Send it as application/json."));
        if (!RequestContent.IsPlain(context.Request))
        {
            var (text, problem) = await ReadTextAsync(context);
            return problem is null ? Parse(new ReadOnlySequence<byte>(text)) : (Value.Null, problem);
        }
        var body = await BufferAsync(context);
        var parsed = Parse(body);
        context.Request.BodyReader.AdvanceTo(body.End);
        return parsed;
    }

    private static (Value Value, ProblemReply? Problem) Parse(in ReadOnlySequence<byte> body)
    {
        if (body.IsEmpty)
            return (Value.Null, null);
        try
        {
            var bytes = body.IsSingleSegment ? body.FirstSpan : body.ToArray();
            return (ValueJson.Parse(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes), null);
        }
        catch (JsonException e)
        {
            return (Value.Null, MalformedJson(e));
        }
    }

    private static ProblemReply MalformedJson(JsonException e)
    {
        int? line = e.LineNumber is { } number ? (int)number + 1 : null;
        int? column = e.BytePositionInLine is { } position ? (int)position + 1 : null;
        var detail = line is null ? $"The body is not valid JSON: {ValueJson.Explain(e)}." : $"The body is not valid JSON at line {line}, column {column}.";
        return new ProblemReply(StatusCodes.Status400BadRequest, "malformed_json", detail)
        {
            Errors = [new Problem("", "malformed_json", $"This is not JSON: {ValueJson.Explain(e)}.", Line: line, Column: column)],
        };
    }
}

using System.Text.Json;

namespace Millrace.Server.Http;

/// <summary>An answer to a request. Handlers return one; nothing else writes responses, streams apart.</summary>
internal abstract class Reply
{
    /// <summary>Writes the response.</summary>
    public abstract Task WriteAsync(HttpContext context);

    /// <summary>A JSON response.</summary>
    public static Reply Json<T>(T value, Action<Utf8JsonWriter, T> write, int status = StatusCodes.Status200OK, string? location = null, string? etag = null) =>
        new JsonReply<T>(value, write, status) { Location = location, ETag = etag };

    /// <summary>Done, with nothing to say.</summary>
    public static readonly Reply NoContent = new EmptyReply(StatusCodes.Status204NoContent);

    /// <summary>Makes a handler of replies a handler of requests.</summary>
    public static RequestDelegate Of(Func<HttpContext, ValueTask<Reply>> handle) => async context =>
    {
        var reply = await handle(context);
        await reply.WriteAsync(context);
    };

    private sealed class EmptyReply(int status) : Reply
    {
        public override Task WriteAsync(HttpContext context)
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }
    }

    private sealed class JsonReply<T>(T value, Action<Utf8JsonWriter, T> write, int status) : Reply
    {
        public string? Location { get; init; }

        public string? ETag { get; init; }

        public override Task WriteAsync(HttpContext context)
        {
            var response = context.Response;
            response.StatusCode = status;
            if (Location is not null)
                response.Headers.Location = Location;
            if (ETag is not null)
                response.Headers.ETag = ETag;
            return JsonBuffer.SendAsync(response, "application/json; charset=utf-8", value, write);
        }
    }
}

/// <summary>A ready text, such as an exported document.</summary>
internal sealed class TextReply(ReadOnlyMemory<byte> text, string contentType, string fileName) : Reply
{
    public override async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = text.Length;
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        await response.BodyWriter.WriteAsync(text);
    }
}

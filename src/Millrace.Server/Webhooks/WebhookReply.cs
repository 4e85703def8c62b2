using System.Text;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Runtime;
using Millrace.Server.Http;

namespace Millrace.Server.Webhooks;

/// <summary>
/// What a workflow answers: {status, headers, body}. It comes from the server's own address, so that a browser must neither guess what it is nor let
/// it act as a page of the server.
/// </summary>
internal sealed class WebhookReply : Reply
{
    private readonly Value _response;
    private readonly OpenedFile? _file;

    private WebhookReply(Value response, OpenedFile? file) => (_response, _file) = (response, file);

    /// <summary>The answer to give; a file in its place is opened.</summary>
    public static async ValueTask<Reply> OfAsync(Value response, string tenant, ExecutionHistory history, CancellationToken cancellation)
    {
        if (FileValue.TryRead(response["body"]) is not { } file)
            return new WebhookReply(response, null);
        return await history.OpenFileAsync(tenant, file.Blob, cancellation) is { } opened
            ? new WebhookReply(response, opened)
            : new ProblemReply(StatusCodes.Status500InternalServerError, "unreadable_data", "The response is a file that no longer exists.");
    }

    public override async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = (int)_response["status"].AsInt();
        if (_response["headers"].TryGetMap(out var headers))
        {
            foreach (var header in headers.Entries)
                response.Headers[header.Key.AsString()] = header.Value.AsString();
        }
        response.Headers.ContentSecurityPolicy = "sandbox";
        response.Headers.XContentTypeOptions = "nosniff";
        await using (_file)
        {
            // These have no body, and to send one breaks the connection.
            if (response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
                return;
            if (_file is not null)
                await WriteFileAsync(context, _file);
            else if (_response["body"] is { IsNull: false } body)
                await WriteAsync(response, body, context.RequestAborted);
        }
    }

    private static async Task WriteAsync(HttpResponse response, Value body, CancellationToken cancellation)
    {
        var isText = body.TryGetString(out var text);
        response.ContentType ??= isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
        var bytes = isText ? Encoding.UTF8.GetBytes(text!) : body.ToUtf8();
        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, cancellation);
    }

    private static async Task WriteFileAsync(HttpContext context, OpenedFile file)
    {
        context.Response.ContentType ??= Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(file.Head.MediaType, out var type) ? type.ToString() : "application/octet-stream";
        context.Response.ContentLength = file.Size;
        await file.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}

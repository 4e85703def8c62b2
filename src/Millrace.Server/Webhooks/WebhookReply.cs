using System.Text;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Server.Http;

namespace Millrace.Server.Webhooks;

/// <summary>
/// What a workflow answers: {status, headers, body}. It comes from the server's own address, so that a browser must neither guess what it is nor let
/// it act as a page of the server.
/// </summary>
/// <param name="response">{status, headers, body}.</param>
/// <param name="file">The file that is the body; null: the body is in the response.</param>
internal sealed class WebhookReply(Value response, OpenedFile? file) : Reply
{
    public override async Task WriteAsync(HttpContext context)
    {
        var http = context.Response;
        http.StatusCode = (int)response["status"].AsInt();
        if (response["headers"].TryGetMap(out var headers))
        {
            foreach (var header in headers.Entries)
                http.Headers[header.Key.AsString()] = header.Value.AsString();
        }
        http.Headers.ContentSecurityPolicy = "sandbox";
        http.Headers.XContentTypeOptions = "nosniff";
        await using (file)
        {
            // These have no body, and to send one breaks the connection.
            if (http.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
                return;
            if (file is not null)
                await WriteFileAsync(context, file);
            else if (response["body"] is { IsNull: false } body)
                await WriteAsync(http, body, context.RequestAborted);
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

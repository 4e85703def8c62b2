using Microsoft.Net.Http.Headers;
using Millrace.Engine.Blobs;
using Millrace.Server.Http;

namespace Millrace.Server.Executions;

/// <summary>A stored file. It may hold whatever the internet sent, so a browser saves it and never shows it.</summary>
internal sealed class FileReply(OpenedFile file) : Reply
{
    private const string Unknown = "application/octet-stream";

    public override async Task WriteAsync(HttpContext context)
    {
        await using (file)
        {
            var response = context.Response;
            response.ContentType = MediaTypeHeaderValue.TryParse(file.Head.MediaType, out var type) ? type.ToString() : Unknown;
            response.ContentLength = file.Size;
            var disposition = new ContentDispositionHeaderValue("attachment");
            if (file.Head.Name is { } name)
                disposition.SetHttpFileName(name);
            response.Headers.ContentDisposition = disposition.ToString();
            response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
            await file.Content.CopyToAsync(response.Body, context.RequestAborted);
        }
    }
}

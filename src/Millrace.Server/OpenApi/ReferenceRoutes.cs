using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Core.Values;
using Millrace.Server.Access;
using Millrace.Server.Http;

namespace Millrace.Server.OpenApi;

/// <summary>The API's description of itself: for programs, and for people.</summary>
internal sealed class ReferenceRoutes(EndpointDataSource endpoints)
{
    private readonly Lazy<JsonObject> _document = new(() => ApiDocument.Of(endpoints.Endpoints.OfType<RouteEndpoint>()));

    public void Map(IEndpointRouteBuilder routes)
    {
        var document = new Lazy<byte[]>(() => JsonSerializer.SerializeToUtf8Bytes(_document.Value, Format));
        var style = ApiResources.StyleSheet();
        var page = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(ReferencePage.Of(_document.Value, style)));
        var policy = $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        routes.MapGet("/openapi/v1.json", Reply.Of(_ => new(new ReferenceReply(document.Value, "application/json; charset=utf-8", null))))
            .RequirePermission(Permission.Public)
            .Describe("Read the OpenAPI document", route => route.Replies(200, "The document that you are reading, in OpenAPI 3.1.", "OpenApiDocument"));
        routes.MapGet("/docs/api", Reply.Of(_ => new(new ReferenceReply(page.Value, "text/html; charset=utf-8", policy))))
            .RequirePermission(Permission.Public)
            .Describe("Read the API reference", route => route.Content(200, "This document as a page to read.", "Html", ["text/html"]));
    }

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = ValueJson.WriterOptions.Encoder };

    private sealed class ReferenceReply(byte[] content, string contentType, string? policy) : Reply
    {
        public override async Task WriteAsync(HttpContext context)
        {
            var response = context.Response;
            response.ContentType = contentType;
            response.ContentLength = content.Length;
            if (policy is not null)
                response.Headers.ContentSecurityPolicy = policy;
            await response.BodyWriter.WriteAsync(content);
        }
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Server.Http;

namespace Millrace.Server.Webhooks;

/// <summary>Bodies as values: JSON and forms as what they say, files as stored files, text as text, everything else as {base64}.</summary>
internal sealed class WebhookBody(IBlobStore? blobs)
{
    private const int MaxFields = 1_000;
    private const int MaxFiles = 20;
    private const int MaxPartHeaderBytes = 16 * 1024;
    private const int MaxMediaTypeLength = 255;
    private const int MaxBoundaryLength = 70;

    /// <summary>Reads the body of a request to a tenant's webhook or callback.</summary>
    public async ValueTask<(Value Body, ProblemReply? Problem)> ReadAsync(
        string tenant, RequestContent content, string? contentType, CancellationToken cancellation)
    {
        if (content.Bytes.Length == 0)
            return (Value.Null, null);
        _ = MediaTypeHeaderValue.TryParse(contentType, out var parsed);
        var type = parsed?.MediaType.Value?.ToLowerInvariant() ?? "";
        if (type is "application/json" || type.EndsWith("+json", StringComparison.Ordinal))
            return ReadJson(content.Utf8.Span);
        if (type is "application/x-www-form-urlencoded")
            return ReadForm(content.Text);
        if (type is "multipart/form-data")
            return await ReadMultipartAsync(tenant, content, HeaderUtilities.RemoveQuotes(parsed!.Boundary).Value, cancellation);
        return type.StartsWith("text/", StringComparison.Ordinal) || type is "application/xml" || type.EndsWith("+xml", StringComparison.Ordinal)
            ? (content.Text, null)
            : (MapValue.Of("base64", Convert.ToBase64String(content.Bytes)), null);
    }

    private static (Value Body, ProblemReply? Problem) ReadJson(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return (ValueJson.Parse(utf8), null);
        }
        catch (JsonException e)
        {
            return (default, ProblemReply.Malformed("malformed_json", $"The body is not valid JSON: {ValueJson.Explain(e)}."));
        }
    }

    private static (Value Body, ProblemReply? Problem) ReadForm(string text) => text.Count(c => c == '&') >= MaxFields
        ? (default, TooManyFields())
        : (WebhookRequest.ToValue(QueryHelpers.ParseQuery(text)), null);

    private async Task<(Value Body, ProblemReply? Problem)> ReadMultipartAsync(
        string tenant, RequestContent content, string? boundary, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(boundary) || boundary.Length > MaxBoundaryLength)
            return (default, Malformed($"its Content-Type has no boundary of 1 to {MaxBoundaryLength} characters"));
        var reader = new MultipartReader(boundary, new MemoryStream(content.Bytes)) { HeadersLengthLimit = MaxPartHeaderBytes };
        var fields = new Dictionary<string, List<Value>>(StringComparer.Ordinal);
        var (count, files) = (0, 0);
        try
        {
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (++count > MaxFields)
                    return (default, TooManyFields());
                if (section.GetContentDispositionHeader() is not { } disposition || HeaderUtilities.RemoveQuotes(disposition.Name).Value is not { } name)
                    return (default, Malformed($"part {count} has no name"));
                if (disposition.IsFileDisposition() && ++files > MaxFiles)
                    return (default, Malformed($"it has more than {MaxFiles} files"));
                var value = disposition.IsFileDisposition()
                    ? await StoreAsync(tenant, section, disposition, cancellation)
                    : await ReadTextAsync(section, content, cancellation);
                if (value.IsNull)
                    return (default, Malformed($"the charset of part '{name}' is unknown"));
                if (!fields.TryGetValue(name, out var values))
                    fields.Add(name, values = []);
                values.Add(value);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return (default, Malformed("a part is damaged, or its end is missing"));
        }
        return (MapValue.Of([.. fields.Select(field => (field.Key, field.Value is [var one] ? one : ListValue.Create(field.Value)))]), null);
    }

    private async Task<Value> StoreAsync(
        string tenant, MultipartSection section, ContentDispositionHeaderValue disposition, CancellationToken cancellation)
    {
        var store = blobs ?? throw new InvalidOperationException("A server has a place for files.");
        var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
        var isNamed = section.ContentType is { Length: <= MaxMediaTypeLength } && MediaTypeHeaderValue.TryParse(section.ContentType, out _);
        var head = new FileHead(isNamed ? section.ContentType! : "application/octet-stream", FileNames.Clean(name));
        // The body that it is a part of was within the limit.
        var file = await store.PutFileAsync(tenant, head, section.Body, RequestBody.Limit, cancellation)
            ?? throw new InvalidOperationException("A part of a body is larger than the body.");
        return new FileValue(file.Id, head.MediaType, file.Size, head.Name).ToValue();
    }

    // Null: its charset is unknown.
    private static async Task<Value> ReadTextAsync(MultipartSection section, RequestContent content, CancellationToken cancellation)
    {
        var named = MediaTypeHeaderValue.TryParse(section.ContentType, out var type) && type.Charset.HasValue;
        if ((named ? Charset.Find(type!.Charset.Value) : content.Encoding) is not { } encoding)
            return Value.Null;
        using var bytes = new MemoryStream();
        await section.Body.CopyToAsync(bytes, cancellation);
        return Charset.Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), encoding);
    }

    private static ProblemReply TooManyFields() => ProblemReply.Malformed("malformed_form", $"The form has more than {MaxFields} fields.");

    private static ProblemReply Malformed(string why) => ProblemReply.Malformed("malformed_form", $"The form cannot be read: {why}.");
}

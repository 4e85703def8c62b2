using System.Collections.Immutable;
using System.Text;
using Millrace.Core.Values;
using Millrace.Engine.Blobs;
using Millrace.Engine.Nodes;

namespace Millrace.Nodes.Http;

/// <summary>Values as bodies of requests.</summary>
internal static class HttpBodies
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string MultipartForm = "multipart/form-data";

    /// <summary>The body that a value asks for; null where there is none, or with a problem where it cannot be one.</summary>
    public static HttpBody? Of(Value value, string? contentType, EffectContext context, out string? problem)
    {
        problem = null;
        if (Is(contentType, MultipartForm))
            return Limited(Multipart(value, context, out problem), ref problem);
        if (value.IsNull)
            return null;
        if (FileValue.TryRead(value) is { } file && !Is(contentType, "application/json"))
            return Limited(new HttpBody.Stored(file, context, contentType), ref problem);
        return Limited(Bytes(value, contentType), ref problem);
    }

    /// <summary>Names and values as a form and as a query have them: a list repeats its name, null leaves it out.</summary>
    public static List<KeyValuePair<string, string>> Pairs(IEnumerable<KeyValuePair<string, Value>>? parameters)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in parameters ?? [])
        {
            if (value.TryGetList(out var list))
                pairs.AddRange(((IEnumerable<Value>)list).Select(item => KeyValuePair.Create(name, Text.Of(item))));
            else if (!value.IsNull)
                pairs.Add(new(name, Text.Of(value)));
        }
        return pairs;
    }

    /// <summary>Encodes parameters as application/x-www-form-urlencoded text.</summary>
    public static string Encode(IEnumerable<KeyValuePair<string, string>> parameters) =>
        string.Join('&', parameters.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));

    private static HttpBody.Bytes Bytes(Value value, string? contentType)
    {
        if (value.TryGetString(out var text))
            return new(Encoding.UTF8.GetBytes(text), contentType ?? "text/plain; charset=utf-8");
        if (value.TryGetMap(out var map) && Is(contentType, Form))
            return new(Encoding.UTF8.GetBytes(Encode(Pairs(Entries(map)))), contentType);
        return new(value.ToUtf8(), contentType ?? "application/json");
    }

    private static HttpBody.Multipart? Multipart(Value value, EffectContext context, out string? problem)
    {
        problem = null;
        if (!value.TryGetMap(out var map))
        {
            problem = $"With the Content-Type {MultipartForm}, 'body' is an object of fields and files; it is {Failures.Kind(value)}.";
            return null;
        }
        var parts = ImmutableArray.CreateBuilder<FormPart>();
        foreach (var (name, field) in Entries(map))
        {
            var items = field.TryGetList(out var list) ? list : ListValue.Own([field]);
            foreach (var item in items)
            {
                if (item.IsNull)
                    continue;
                if (Part(name, item, context) is not { } part)
                {
                    problem = $"The field '{name}' of 'body' has a 'base64' that is not valid base64.";
                    return null;
                }
                parts.Add(part);
            }
        }
        return new(parts.ToImmutable());
    }

    private static FormPart? Part(string name, Value value, EffectContext context)
    {
        if (!value.TryGetMap(out _))
            return value.TryGetList(out _)
                ? Json(name, value)
                : new FormPart(name, null, new HttpBody.Bytes(Encoding.UTF8.GetBytes(Text.Of(value)), null));
        if (FileValue.TryRead(value) is { } file)
            return new(name, file.Name ?? name, new HttpBody.Stored(file, context, Clean(file.MediaType)));
        if (!value["base64"].TryGetString(out var encoded))
            return Json(name, value);
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var count))
            return null;
        var mediaType = value["mediaType"].TryGetString(out var type) ? Clean(type) : null;
        var fileName = FileNames.Clean(value["name"].TryGetString(out var given) ? given : null) ?? name;
        return new(name, fileName, new HttpBody.Bytes(bytes.AsMemory(0, count), mediaType ?? "application/octet-stream"));
    }

    private static FormPart Json(string name, Value value) => new(name, null, new HttpBody.Bytes(value.ToUtf8(), "application/json"));

    // It may come from anywhere, and is to stay one header.
    private static string? Clean(string mediaType) =>
        System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(mediaType, out var parsed) ? parsed.ToString() : null;

    private static HttpBody? Limited(HttpBody? body, ref string? problem)
    {
        if (body is null || body.Size <= HttpBody.Limit)
            return body;
        problem = $"The body has {body.Size} bytes; at most {HttpBody.Limit} are allowed.";
        return null;
    }

    private static bool Is(string? contentType, string mediaType) =>
        contentType?.StartsWith(mediaType, StringComparison.OrdinalIgnoreCase) == true;

    private static IEnumerable<KeyValuePair<string, Value>> Entries(MapValue map) =>
        map.Entries.ToArray().Select(entry => KeyValuePair.Create(entry.Key.AsString(), entry.Value));
}

using Microsoft.Extensions.Primitives;
using Millrace.Core.Values;

namespace Millrace.Server.Webhooks;

/// <summary>A request as the execution it begins sees it.</summary>
internal static class WebhookRequest
{
    // Browsers and proxies add these by themselves; in a journal they would be credentials in the clear.
    private static readonly string[] Withheld = ["authorization", "proxy-authorization", "cookie"];

    /// <summary>{method, path, query, headers, body}: headers by their names in lower case, repeated parameters as lists.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">What it was addressed to, as the execution is to see it.</param>
    /// <param name="body">Its body.</param>
    /// <param name="credential">The header that a credential is in; null: in none of the caller's own.</param>
    public static MapValue ToValue(HttpRequest request, string path, Value body, string? credential)
    {
        var headers = new MapBuilder();
        foreach (var (name, values) in request.Headers)
        {
            if (!Withheld.Contains(name, StringComparer.OrdinalIgnoreCase) && !string.Equals(name, credential, StringComparison.OrdinalIgnoreCase))
                headers.Set(name.ToLowerInvariant(), string.Join(", ", values.OfType<string>()));
        }
        return MapValue.Of(("method", request.Method), ("path", path), ("query", ToValue(request.Query)), ("headers", headers.Build()), ("body", body));
    }

    /// <summary>Parameters by name; repeated ones are lists.</summary>
    public static MapValue ToValue(IEnumerable<KeyValuePair<string, StringValues>> parameters)
    {
        var map = new MapBuilder();
        foreach (var (name, values) in parameters)
            map.Set(name, values.Count == 1 ? values[0] : ListValue.Create(values.Select(value => (Value)value)));
        return map.Build();
    }
}

using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Millrace.Core.Values;
using Millrace.Server.Http;

namespace Millrace.Server.Webhooks;

/// <summary>Bodies as values: JSON and forms as what they say, text as text, everything else as {base64}.</summary>
internal static class WebhookBody
{
    private const int MostFields = 1_000;

    public static (Value Body, ProblemReply? Problem) Read(byte[] bytes, string? contentType)
    {
        if (bytes.Length == 0)
            return (Value.Null, null);
        var type = MediaTypeHeaderValue.TryParse(contentType, out var parsed) ? parsed.MediaType.Value?.ToLowerInvariant() ?? "" : "";
        if (type is "application/json" || type.EndsWith("+json", StringComparison.Ordinal))
            return ReadJson(bytes);
        if (type is "application/x-www-form-urlencoded")
            return ReadForm(Encoding.UTF8.GetString(bytes));
        return type.StartsWith("text/", StringComparison.Ordinal) || type is "application/xml" || type.EndsWith("+xml", StringComparison.Ordinal)
            ? (Encoding.UTF8.GetString(bytes), null)
            : (MapValue.Of("base64", Convert.ToBase64String(bytes)), null);
    }

    private static (Value Body, ProblemReply? Problem) ReadJson(byte[] bytes)
    {
        try
        {
            return (ValueJson.Parse(bytes), null);
        }
        catch (JsonException e)
        {
            return (default, ProblemReply.Malformed("malformed_json", $"The body is not valid JSON: {ValueJson.Explain(e)}."));
        }
    }

    private static (Value Body, ProblemReply? Problem) ReadForm(string text) => text.Count(c => c == '&') >= MostFields
        ? (default, ProblemReply.Malformed("malformed_form", $"The form has more than {MostFields} fields."))
        : (WebhookRequest.ToValue(QueryHelpers.ParseQuery(text)), null);
}

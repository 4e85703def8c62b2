using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Server.OpenApi;

/// <summary>Writes calls as a reader can paste them into a shell.</summary>
internal static class ReferenceExample
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A call of an operation.</summary>
    public static string Curl(string path, string method, JsonObject operation)
    {
        var call = new StringBuilder("curl");
        if (operation["responses"]?["200"]?["content"]?["text/event-stream"] is not null)
            call.Append(" -N");
        if (method is not "GET")
            call.Append($" -X {method}");
        var address = "http://127.0.0.1:8001" + Filled(path);
        call.Append($" {address}");
        if (operation["security"] is JsonArray { Count: > 0 })
            call.Append(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
        if (Takes(operation, "Idempotency-Key"))
            call.Append(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"");
        if (Takes(operation, "If-Match"))
            call.Append(" \\\n  -H 'If-Match: \"3\"'");
        if (operation["requestBody"]?["content"]?["application/json"]?["example"] is { } example)
            call.Append(" \\\n  -H 'Content-Type: application/json' \\\n  -d '").Append(example.ToJsonString(Indented).Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'');
        return call.ToString();
    }

    private static string Filled(string path) => path
        .Replace("{version}", "2", StringComparison.Ordinal)
        .Replace("{other}", "3", StringComparison.Ordinal)
        .Replace("{type}", "addField", StringComparison.Ordinal)
        .Replace("{name}", "api_key", StringComparison.Ordinal)
        .Replace("{path}", "orders", StringComparison.Ordinal)
        .Replace("{", "$", StringComparison.Ordinal)
        .Replace("}", "", StringComparison.Ordinal)
        .Replace("$id", "$ID", StringComparison.Ordinal);

    private static bool Takes(JsonObject operation, string header) =>
        operation["parameters"] is JsonArray parameters && parameters.Any(parameter => string.Equals(parameter!["name"]!.GetValue<string>(), header, StringComparison.Ordinal));
}

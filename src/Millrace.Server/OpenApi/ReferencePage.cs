using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Server.OpenApi;

/// <summary>Writes the API document as one page of HTML that needs nothing else: no script, no font, no picture.</summary>
internal sealed class ReferencePage
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StringBuilder _html = new();
    private readonly JsonObject _document;

    private ReferencePage(JsonObject document) => _document = document;

    /// <summary>The page of a document.</summary>
    public static string Of(JsonObject document, string style)
    {
        var page = new ReferencePage(document);
        page.Write(style);
        return page._html.ToString();
    }

    private void Write(string style)
    {
        var info = _document["info"]!;
        _html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>Millrace API</title>\n<style>").Append(style).Append("</style>\n</head>\n<body>\n");
        var groups = Operations().GroupBy(one => Text(one.Operation["tags"]![0]), StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        WriteNavigation([.. groups.Select(group => group.Key)]);
        _html.Append("<main>\n<header><h1>Millrace API <small>").Append(Encode(Text(info["version"]))).Append("</small></h1>\n<p>").Append(Prose(Text(info["description"])))
            .Append("</p>\n<p>")
            .Append(Prose(Text(_document["components"]!["securitySchemes"]!["bearer"]!["description"])))
            .Append(" For programs, the same as <a href=\"/openapi/v1.json\">OpenAPI 3.1</a>.</p></header>\n");
        foreach (var group in groups)
        {
            _html.Append($"<section id=\"{Anchor(group.Key)}\"><h2>{Encode(group.Key)}</h2>\n");
            foreach (var (path, method, operation) in group)
                Write(path, method, operation);
            _html.Append("</section>\n");
        }
        WriteSchemas();
        _html.Append("</main>\n</body>\n</html>\n");
    }

    private IEnumerable<(string Path, string Method, JsonObject Operation)> Operations() =>
        from path in _document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key.ToUpperInvariant(), operation.Value!.AsObject());

    private void WriteNavigation(IReadOnlyList<string> groups)
    {
        _html.Append("<nav aria-label=\"Resources\"><strong>Millrace</strong><ul>\n");
        foreach (var group in groups.Append("Schemas"))
            _html.Append($"<li><a href=\"#{Anchor(group)}\">{Encode(group)}</a></li>\n");
        _html.Append("</ul></nav>\n");
    }

    private void Write(string path, string method, JsonObject operation)
    {
        _html.Append(
            $"<details id=\"{Text(operation["operationId"])}\"><summary><span class=\"method "
                + $"{method.ToLowerInvariant()}\">{method}</span><code>{Encode(path)}</code><span "
                + $"class=\"title\">{Encode(Text(operation["summary"]))}</span></summary>\n<div class=\"body\">\n")
            .Append("<p>").Append(Prose(Text(operation["description"]))).Append("</p>\n");
        if (operation["parameters"] is JsonArray parameters)
            WriteParameters(parameters);
        _html.Append("<h3>Example</h3>\n<pre><code>").Append(Encode(ReferenceExample.Curl(path, method, operation))).Append("</code></pre>\n");
        if (operation["requestBody"]?["content"]?["application/json"] is { } body)
            _html.Append("<p>The body is ").Append(TypeOf(body["schema"]!)).Append(operation["requestBody"]!["content"]!["application/yaml"] is null ? ".</p>\n" : ", as JSON or as YAML.</p>\n");
        WriteReplies(operation["responses"]!.AsObject());
        _html.Append("</div></details>\n");
    }

    private void WriteParameters(JsonArray parameters)
    {
        _html.Append("<h3>Parameters</h3>\n<dl>\n");
        foreach (var parameter in parameters)
        {
            _html.Append($"<div><dt><code>{Encode(Text(parameter!["name"]))}</code> <small>{Text(parameter["in"])}, {TypeOf(parameter["schema"]!)}</small></dt>")
                .Append($"<dd>{Prose(Text(parameter["description"]))}</dd></div>\n");
        }
        _html.Append("</dl>\n");
    }

    private void WriteReplies(JsonObject responses)
    {
        _html.Append("<h3>Answers</h3>\n<dl>\n");
        foreach (var (status, response) in responses)
        {
            var shown = response!["$ref"] is { } reference ? _document["components"]!["responses"]![NameIn(reference)]! : response;
            var schema = shown["content"]?.AsObject().First().Value?["schema"];
            _html.Append($"<div><dt><code>{(status is "default" ? "else" : status)}</code> <small>{(schema is null ? "no body" : TypeOf(schema))}</small></dt><dd>{Prose(Text(shown["description"]))}");
            if (shown["headers"] is JsonObject headers)
                _html.Append($" <small>Headers: {string.Join(", ", headers.Select(header => Encode(header.Key)))}</small>");
            _html.Append("</dd></div>\n");
        }
        _html.Append("</dl>\n");
    }

    private void WriteSchemas()
    {
        _html.Append("<section id=\"schemas\"><h2>Schemas</h2>\n");
        foreach (var (name, schema) in _document["components"]!["schemas"]!.AsObject())
        {
            _html.Append($"<article id=\"schema-{name}\"><h3>{name}</h3>\n");
            if (schema!["description"] is { } description)
                _html.Append($"<p>{Prose(Text(description))}</p>\n");
            WriteFields(schema);
            _html.Append("</article>\n");
        }
        _html.Append("</section>\n");
    }

    private void WriteFields(JsonNode schema)
    {
        if (schema["properties"] is not JsonObject properties)
        {
            _html.Append($"<p><small>{TypeOf(schema)}</small></p>\n");
            return;
        }
        var required = schema["required"]?.AsArray().Select(Text).ToHashSet(StringComparer.Ordinal) ?? [];
        _html.Append("<dl>\n");
        foreach (var (name, field) in properties)
        {
            _html.Append($"<div><dt><code>{Encode(name)}</code> <small>{TypeOf(field!)}{(required.Contains(name) ? "" : ", optional")}</small></dt><dd>{Prose(Text(field!["description"]))}");
            if ((field["items"] ?? field)["properties"] is not null)
                WriteFields(field["items"] ?? field);
            _html.Append("</dd></div>\n");
        }
        _html.Append("</dl>\n");
    }

    // In words, with a link where it is a schema of its own.
    private static string TypeOf(JsonNode schema)
    {
        if (schema["$ref"] is { } reference)
            return $"<a href=\"#schema-{NameIn(reference)}\">{NameIn(reference)}</a>";
        if (schema["anyOf"] is JsonArray choices)
            return string.Join(" or ", choices.Select(choice => TypeOf(choice!)));
        if (schema["enum"] is JsonArray values)
            return string.Join(" | ", values.Select(value => Encode(Text(value))));
        if (schema["const"] is { } constant)
            return Encode(constant.ToJsonString(Indented));
        if (schema["items"] is { } items)
            return "list of " + TypeOf(items);
        var type = schema["type"] is JsonArray types ? string.Join(" or ", types.Select(Text)) : Text(schema["type"]);
        return Encode(type.Length == 0 ? "any" : schema["format"] is { } format ? $"{type} ({Text(format)})" : type) + Encode(RangeOf(schema));
    }

    private static string RangeOf(JsonNode schema)
    {
        var parts = new List<string>();
        if (schema["minimum"] is { } least)
            parts.Add(schema["maximum"] is { } most ? $"{least} to {most}" : $"{least} or more");
        if (schema["default"] is { } otherwise)
            parts.Add($"default {otherwise}");
        return string.Concat(parts.Select(part => ", " + part));
    }

    private static string NameIn(JsonNode reference) => Text(reference)[(Text(reference).LastIndexOf('/') + 1)..];

    private static string Anchor(string group) => group.ToLowerInvariant();

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString() ?? "";

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    // What stands in backticks is code.
    private static string Prose(string text)
    {
        var parts = text.Split('`').Select(Encode);
        return string.Concat(parts.Select((part, i) => i % 2 == 1 ? $"<code>{part}</code>" : part));
    }
}

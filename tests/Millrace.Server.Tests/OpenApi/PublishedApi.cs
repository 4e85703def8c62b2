using System.Text.Json.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.Server.Tests.OpenApi;

/// <summary>The API document as the server publishes it, to hold real answers against.</summary>
internal sealed class PublishedApi
{
    private readonly JsonObject _schemas;

    private PublishedApi(JsonObject document)
    {
        Document = document;
        _schemas = JsonNode.Parse(document["components"]!["schemas"]!.ToJsonString().Replace("#/components/schemas/", "#/$defs/"))!.AsObject();
        foreach (var (_, schema) in _schemas)
            Close(schema);
    }

    public JsonObject Document { get; }

    public static async Task<PublishedApi> ReadAsync(ServerFixture server) => new(JsonNode.Parse((await server.GetAsync("/openapi/v1.json")).Text)!.AsObject());

    /// <summary>In what an answer is not as the document says for its operation and status, fields that it does not name included.</summary>
    public IEnumerable<string> Deviations(string method, string path, Answer answer)
    {
        var responses = Document["paths"]![path]![method]!["responses"]!;
        if (responses[answer.Status.ToString()] is not { } response)
            return [$"{method} {path} answers {answer.Status}, which is not declared."];
        if (response["$ref"] is { } reference)
            response = Document["components"]!["responses"]![reference.GetValue<string>().Split('/')[^1]]!;
        if (response["content"] is not JsonObject content)
            return answer.Text.Length == 0 ? [] : [$"{method} {path} answers {answer.Status} with a body, which is not declared."];
        var type = answer.Response.Content.Headers.ContentType!.MediaType!;
        if (content[type]?["schema"] is not { } schema)
            return [$"{method} {path} answers {type}, which is not declared."];
        return Compile(schema).Validate(answer.Body).Select(problem => $"{method} {path} {answer.Status} at '{problem.Pointer}': {problem.Message}");
    }

    /// <summary>A schema of the document, ready to check with.</summary>
    public Schema Compile(JsonNode schema)
    {
        var whole = JsonNode.Parse(schema.ToJsonString().Replace("#/components/schemas/", "#/$defs/"))!.AsObject();
        whole["$defs"] = _schemas.DeepClone();
        var compiled = Schema.Compile(ValueJson.Parse(whole.ToJsonString()), out var problems);
        Assert.Empty(problems);
        return compiled!;
    }

    // A field that nobody declared is a mistake here, though readers of the API must put up with new ones.
    private static void Close(JsonNode? node)
    {
        if (node is JsonObject schema)
        {
            if (schema["properties"] is JsonObject && schema["additionalProperties"] is null)
                schema["additionalProperties"] = false;
            foreach (var (_, part) in schema.ToList())
                Close(part);
        }
        else if (node is JsonArray list)
        {
            foreach (var part in list)
                Close(part);
        }
    }
}

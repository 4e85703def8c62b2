using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;
using Millrace.Server.Access;

namespace Millrace.Server.OpenApi;

/// <summary>One method of one path.</summary>
internal sealed class ApiOperation(string method, RoutePattern pattern, RouteDescription description, Permission permission, bool takesAny)
{
    private const string VersionPrefix = "/api/v1/";

    private readonly string[] _segments = [.. pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(Show)))];

    public string Method => method;

    /// <summary>The path as the document writes it: parameters in braces, without what only routing needs.</summary>
    public string Path => "/" + string.Join('/', _segments);

    /// <summary>The resource that it belongs to.</summary>
    public string Tag => Path.StartsWith(VersionPrefix, StringComparison.Ordinal) ? Capitalized(_segments[2]) : _segments switch
    {
        ["api", ..] => "Polling",
        ["webhooks", ..] => "Webhooks",
        ["callbacks", ..] => "Callbacks",
        ["openapi" or "docs", ..] => "Reference",
        _ => "Health",
    };

    public JsonObject ToJson()
    {
        var isPublic = permission == Permission.Public;
        var role = isPublic ? "none" : Role.Least(permission).Name;
        var json = new JsonObject
        {
            ["operationId"] = Id(),
            ["tags"] = new JsonArray(Tag),
            ["summary"] = description.Summary,
            ["description"] = string.Join(' ', new[] { description.Detail, isPublic ? "Needs no token." : $"Needs the role {role} or a higher one." }.OfType<string>()),
        };
        if (Parameters() is { Count: > 0 } parameters)
            json["parameters"] = parameters;
        if (description.Body is { } body)
            json["requestBody"] = Body(body);
        json["responses"] = Responses();
        json["security"] = isPublic ? [] : new JsonArray(new JsonObject { ["bearer"] = new JsonArray() });
        json["x-permission"] = Name(permission);
        json["x-role"] = role;
        return json;
    }

    /// <summary>A reference to a schema by its name; a list of it where "[]" follows.</summary>
    public static JsonObject Reference(string schema) => schema.EndsWith("[]", StringComparison.Ordinal)
        ? new JsonObject { ["type"] = "array", ["items"] = Reference(schema[..^2]) }
        : new JsonObject { ["$ref"] = "#/components/schemas/" + schema };

    private JsonArray Parameters()
    {
        var parameters = new JsonArray();
        foreach (var part in pattern.Parameters)
            parameters.Add(Parameter("path", part.Name, PathParameters.Describe(part.Name, _segments), PathParameters.Schema(part.Name)));
        foreach (var one in description.Parameters)
            parameters.Add(Parameter(one.Place, one.Name, one.Description, one.Schema));
        return parameters;
    }

    private static JsonObject Parameter(string place, string name, string description, string schema)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place };
        if (place is "path")
            parameter["required"] = true;
        parameter["description"] = description;
        parameter["schema"] = JsonNode.Parse(schema);
        return parameter;
    }

    private static JsonObject Body(BodyDescription body)
    {
        var content = new JsonObject
        {
            ["application/json"] = new JsonObject { ["schema"] = Reference(body.Schema), ["example"] = JsonNode.Parse(body.Example) },
        };
        if (body.IsDocument)
            content["application/yaml"] = new JsonObject { ["schema"] = Reference(body.Schema) };
        return new JsonObject { ["required"] = body.IsRequired, ["content"] = content };
    }

    private JsonObject Responses()
    {
        var responses = new JsonObject();
        foreach (var reply in description.Replies)
            responses[reply.Status.ToString()] = Response(reply);
        // A route may answer one of these with a body of its own.
        foreach (var status in ProblemsOf().Where(status => !responses.ContainsKey(status.ToString())).Order())
            responses[status.ToString()] = Problem(status);
        responses["default"] = Problem(0);
        return responses;
    }

    private HashSet<int> ProblemsOf()
    {
        var statuses = new HashSet<int>(description.Problems);
        if (permission != Permission.Public)
            statuses.UnionWith([401, 403]);
        if (description.Body is not null)
            statuses.UnionWith([413, 415]);
        if (!takesAny)
            statuses.Add(400);
        return statuses;
    }

    private static JsonObject Problem(int status) => new() { ["$ref"] = "#/components/responses/" + ProblemStatuses.NameOf(status) };

    private static JsonObject Response(ReplyDescription reply)
    {
        var response = new JsonObject { ["description"] = reply.Description };
        if (reply.Headers.Length > 0)
            response["headers"] = new JsonObject(reply.Headers.Select(name => KeyValuePair.Create<string, JsonNode?>(name, new JsonObject { ["$ref"] = "#/components/headers/" + name })));
        if (reply.Schema is { } schema)
            response["content"] = new JsonObject(reply.ContentTypes.Select(type => KeyValuePair.Create<string, JsonNode?>(type, new JsonObject { ["schema"] = Reference(schema) })));
        return response;
    }

    // Stable names for generated clients: getWorkflowsById, postWorkflowsByIdExecute.
    private string Id()
    {
        var skipped = Path.StartsWith(VersionPrefix, StringComparison.Ordinal) ? 2 : 0;
        var words = _segments.Skip(skipped).Select(segment => segment is ['{', ..] ? "By" + Capitalized(segment.Trim('{', '}')) : string.Concat(segment.Split('-', '.').Select(Capitalized)));
        return method.ToLowerInvariant() + (_segments.Length == 0 ? "Root" : string.Concat(words));
    }

    private static string Show(RoutePatternPart part) => part switch
    {
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        _ => "",
    };

    private static string Capitalized(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Name(Enum value) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <summary>The variable parts of paths.</summary>
internal static class PathParameters
{
    /// <summary>What a part is.</summary>
    public static string Describe(string name, string[] segments) => name switch
    {
        "id" => $"The id of the {Singular(segments[Array.IndexOf(segments, "{id}") - 1])}.",
        "version" => "The number of a version.",
        "nodeId" => "The id of the node.",
        "task" => "The id of the task.",
        "token" => "The signed token of one run of a node.",
        "other" => "The number of the version to compare with.",
        "type" => "The name of a node type, or an alias of it.",
        "name" => $"The name of the {Singular(segments[Array.IndexOf(segments, "{name}") - 1])}.",
        "path" when segments[0] is "callbacks" => "The node's `path`, which may contain slashes.",
        "path" => "The webhook's path, which may contain slashes; preceded by `@TENANT/` for all tenants but the default one.",
        _ => $"The {name}.",
    };

    /// <summary>Its JSON schema, as text.</summary>
    public static string Schema(string name) => name is "version" or "other" ? """{"type": "integer", "minimum": 1}""" : ParameterSchemas.Text;

    private static string Singular(string collection) => collection.TrimEnd('s') is "job" ? "execution" : collection.TrimEnd('s');
}

using System.Text.Json.Nodes;
using Millrace.Server.Access;
using Millrace.Server.Http;

namespace Millrace.Server.OpenApi;

/// <summary>Makes the OpenAPI document (3.1) of the routes that there are, from what they say of themselves.</summary>
internal static class ApiDocument
{
    private static readonly string[] MethodOrder = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>The document of these routes.</summary>
    public static JsonObject Of(IEnumerable<RouteEndpoint> endpoints)
    {
        var operations = endpoints.SelectMany(Operations).OrderBy(one => one.Path, StringComparer.Ordinal).ThenBy(one => Array.IndexOf(MethodOrder, one.Method)).ToList();
        var paths = new JsonObject();
        foreach (var path in operations.GroupBy(one => one.Path, StringComparer.Ordinal))
        {
            var item = new JsonObject();
            foreach (var operation in path)
                item[operation.Method.ToLowerInvariant()] = operation.ToJson();
            paths[path.Key] = item;
        }
        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = Info(),
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = new JsonArray([.. operations.Select(one => one.Tag).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(tag => new JsonObject { ["name"] = tag })]),
            ["paths"] = paths,
            ["components"] = Components(),
        };
    }

    private static IEnumerable<ApiOperation> Operations(RouteEndpoint endpoint)
    {
        // A route that does not describe itself is left out, which a test finds.
        if (endpoint.Metadata.GetMetadata<RouteDescription>() is not { } description)
            yield break;
        var permission = endpoint.Metadata.GetMetadata<RequiredPermission>()?.Permission ?? Permission.Public;
        foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            yield return new ApiOperation(method, endpoint.RoutePattern, description, permission, takesAny: endpoint.Metadata.GetMetadata<TakesAnyRequest>() is not null);
    }

    private static JsonObject Info() => new()
    {
        ["title"] = "Millrace",
        ["version"] = typeof(ApiDocument).Assembly.GetName().Version?.ToString(3),
        ["description"] = """
            The API of a durable workflow engine. Fields are in camelCase; requests may use snake_case as well. Times are RFC 3339 in UTC, durations are milliseconds.
            Lists are bare arrays, with the next page in the headers `Link` and `X-Next-Cursor`. Errors are problem details (RFC 9457) with a stable `code`.
            """.ReplaceLineEndings(" "),
        ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
    };

    private static JsonObject Components() => new()
    {
        ["schemas"] = ApiResources.Schemas(),
        ["responses"] = new JsonObject(ProblemStatuses.All.Select(one => KeyValuePair.Create<string, JsonNode?>(one.Name, ProblemReply(one)))),
        ["headers"] = new JsonObject
        {
            ["Location"] = Header("The address of the new resource.", "uri-reference"),
            ["ETag"] = Header("The version, for `If-Match`."),
            ["Link"] = Header("The next page, as `<...>; rel=\"next\"`; absent on the last one."),
            ["X-Next-Cursor"] = Header("The cursor of the next page; absent on the last one."),
        },
        ["securitySchemes"] = new JsonObject
        {
            ["bearer"] = new JsonObject
            {
                ["type"] = "http",
                ["scheme"] = "bearer",
                ["bearerFormat"] = "JWT",
                ["description"] = "A JWT whose role and tenant decide what it may do. A server without a configured secret needs none, and accepts only requests from its own machine.",
            },
        },
    };

    private static JsonObject ProblemReply(ProblemStatus status) => new()
    {
        ["description"] = status.Description,
        ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = ApiOperation.Reference("Problem") } },
    };

    private static JsonObject Header(string description, string? format = null)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (format is not null)
            schema["format"] = format;
        return new JsonObject { ["description"] = description, ["schema"] = schema };
    }
}

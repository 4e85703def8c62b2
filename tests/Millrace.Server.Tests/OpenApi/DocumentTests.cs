using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Server.Tests.OpenApi;

public sealed class DocumentTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string UpdateSwitch = "MILLRACE_UPDATE_SNAPSHOTS";

    [Fact]
    public async Task Every_route_is_in_the_document()
    {
        var paths = (await ReadAsync())["paths"]!;
        var endpoints = server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.NotEmpty(endpoints);
        var missing =
            from endpoint in endpoints
            from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
            let path = "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("**", "")
            where paths[path]?[method.ToLowerInvariant()] is null
            select $"{method} {path} has no .Describe(...)";
        Assert.Empty(missing);
    }

    [Fact]
    public async Task Every_reference_resolves()
    {
        var document = await ReadAsync();
        var references = Find(document, "$ref").Select(reference => reference.GetValue<string>()).ToList();
        Assert.NotEmpty(references);
        Assert.DoesNotContain(references, reference => reference.Split('/').Skip(1).Aggregate((JsonNode?)document, (node, key) => node?[key]) is null);
    }

    [Fact]
    public async Task Every_schema_can_be_checked_with_and_is_used()
    {
        var api = await PublishedApi.ReadAsync(server);
        var used = Find(api.Document, "$ref").Select(reference => reference.GetValue<string>()).ToHashSet();
        foreach (var (name, schema) in api.Document["components"]!["schemas"]!.AsObject())
        {
            api.Compile(schema!);
            Assert.True(used.Contains("#/components/schemas/" + name), $"Nothing refers to the schema {name}.");
        }
    }

    [Fact]
    public async Task Operations_are_complete()
    {
        var ids = new HashSet<string>();
        foreach (var (path, item) in (await ReadAsync())["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject())
            {
                var name = $"{method} {path}";
                Assert.True(ids.Add(operation!["operationId"]!.GetValue<string>()), $"{name} shares its operationId.");
                Assert.NotEmpty(operation["summary"]!.GetValue<string>());
                Assert.NotEmpty(operation["x-role"]!.GetValue<string>());
                var parameters = operation["parameters"]?.AsArray().ToList() ?? [];
                var inPath = parameters.Where(parameter => parameter!["in"]!.GetValue<string>() == "path").ToList();
                Assert.All(inPath, parameter => Assert.True(parameter!["required"]!.GetValue<bool>()));
                Assert.Equal(Regex.Matches(path, @"\{(?<name>\w+)\}", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture).Select(match => match.Groups["name"].Value), inPath.Select(parameter => parameter!["name"]!.GetValue<string>()));
                Assert.Equal(parameters.Count, parameters.DistinctBy(parameter => (parameter!["in"]!.GetValue<string>(), parameter["name"]!.GetValue<string>())).Count());
                Assert.Contains(operation["responses"]!.AsObject(), response => response.Key.StartsWith('2'));
                Assert.All(operation["responses"]!.AsObject(), response => Assert.True(response.Value!["$ref"] is not null || response.Value["description"] is not null, name));
            }
        }
    }

    [Fact]
    public async Task Examples_of_bodies_match_their_schemas()
    {
        var api = await PublishedApi.ReadAsync(server);
        var bodies = Find(api.Document["paths"]!, "example").Select(example => (Schema: example.Parent!["schema"]!, Example: example)).ToList();
        Assert.NotEmpty(bodies);
        Assert.All(bodies, body => Assert.Empty(api.Compile(body.Schema).Validate(Core.Values.ValueJson.Parse(body.Example.ToJsonString()))));
    }

    [Fact]
    public async Task A_write_names_its_role_and_the_bearer_token()
    {
        var create = (await ReadAsync())["paths"]!["/api/v1/workflows"]!["post"]!;
        Assert.Equal("editor", create["x-role"]!.GetValue<string>());
        Assert.Equal("editWorkflows", create["x-permission"]!.GetValue<string>());
        Assert.NotNull(create["security"]![0]!["bearer"]);
        Assert.Contains(create["parameters"]!.AsArray(), parameter => parameter!["name"]!.GetValue<string>() == "Idempotency-Key");
    }

    [Fact]
    public async Task The_surface_changes_only_on_purpose()
    {
        var now = (await server.GetAsync("/openapi/v1.json")).Text + "\n";
        var path = Path.Combine(Root(), "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable(UpdateSwitch) == "1")
            await File.WriteAllTextAsync(path, now);
        var kept = File.Exists(path) ? (await File.ReadAllTextAsync(path)).ReplaceLineEndings("\n") : "";
        Assert.True(kept == now, $"The API is no longer what docs/openapi.json says. If that is meant, run this test with {UpdateSwitch}=1 and commit the file.");
    }

    private async Task<JsonObject> ReadAsync() => (await PublishedApi.ReadAsync(server)).Document;

    private static IEnumerable<JsonNode> Find(JsonNode? node, string key) => node switch
    {
        JsonObject map => map.SelectMany(entry => entry.Key == key && entry.Value is not null ? [entry.Value] : Find(entry.Value, key)),
        JsonArray list => list.SelectMany(item => Find(item, key)),
        _ => [],
    };

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Millrace.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }
}

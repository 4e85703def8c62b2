using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Core.Values;
using Millrace.Server.Http;
using Millrace.Server.OpenApi;

namespace Millrace.Server.Tests.Http;

/// <summary>What no route declares, no route takes: for every route there is, with names that nobody declares.</summary>
public sealed class DeclaredRequestTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Unknown = "surelyNobodysField";

    [Fact]
    public async Task Every_route_refuses_unknown_query_parameters()
    {
        var taken = new List<string>();
        foreach (var (method, path, endpoint) in Routes().Where(route => route.Endpoint.Metadata.GetMetadata<TakesAnyRequest>() is null))
        {
            var answer = await server.SendAsync(method, $"{path}?{Unknown}=1", null);
            if (answer.Status != 400 || answer["code"].AsString() != "unknown_parameter" || !answer["detail"].AsString().Contains(Unknown, StringComparison.Ordinal))
                taken.Add($"{method} {endpoint.RoutePattern.RawText}: {answer.Status} {answer.Text}");
        }
        Assert.Empty(taken);
    }

    [Fact]
    public async Task Every_route_that_takes_a_control_body_refuses_unknown_fields()
    {
        var (taken, seen) = (new List<string>(), 0);
        foreach (var (method, path, endpoint) in Routes())
        {
            if (endpoint.Metadata.GetMetadata<RouteDescription>()!.Body is not { IsDocument: false } body || path.Contains("/worker/nobody", StringComparison.Ordinal)
                || path.EndsWith("/integrations/crm/test", StringComparison.Ordinal) || path.EndsWith("/events", StringComparison.Ordinal))
                continue;
            seen++;
            // The documented example, and one field more.
            var example = ValueJson.Parse(body.Example).AsMap().With(Unknown, 1);
            var answer = await server.SendAsync(method, path, ((Value)example).ToJson());
            var problem = answer.Status == 422 ? answer["errors"].AsList().FirstOrDefault(one => one["pointer"].Equals("/" + Unknown)) : default;
            if (!problem["code"].Equals("unknown_field"))
                taken.Add($"{method} {endpoint.RoutePattern.RawText}: {answer.Status} {answer.Text}");
        }
        Assert.Empty(taken);
        Assert.True(seen > 12, $"Only {seen} routes were tried.");
    }

    [Fact]
    public async Task A_route_that_takes_no_body_refuses_one()
    {
        var taken = new List<string>();
        foreach (var (method, path, endpoint) in Routes())
        {
            if (method == HttpMethod.Get || endpoint.Metadata.GetMetadata<RouteDescription>()!.Body is not null || endpoint.Metadata.GetMetadata<TakesAnyRequest>() is not null)
                continue;
            var answer = await server.SendAsync(method, path, $$"""{"{{Unknown}}": 1}""");
            if (answer.Status != 422 || !answer["errors"].AsList()[0]["pointer"].Equals("/" + Unknown))
                taken.Add($"{method} {endpoint.RoutePattern.RawText}: {answer.Status} {answer.Text}");
        }
        Assert.Empty(taken);
    }

    [Theory]
    [InlineData("/api/v1/workflows?tags[]=a&tags[]=b")]
    [InlineData("/api/v1/workflows?activeOnly=true")]
    [InlineData("/api/v1/workflows?pageSize=5&page=2")]
    [InlineData("/api/v1/executions?workflowId=x&correlationId=y")]
    [InlineData("/api/v1/executions?skip=5")]
    [InlineData("/health?probe=3")]
    public async Task Parameters_as_clients_write_them_are_taken(string path) => Assert.Equal(200, (await server.GetAsync(path)).Status);

    [Theory]
    [InlineData("/api/v1/workflows?tag=a", "tags")]
    [InlineData("/api/v1/executions?workflow=a", "workflow_id")]
    [InlineData("/api/v1/workflows?page_siz=5", "page_size")]
    public async Task An_unknown_parameter_is_answered_with_a_guess(string path, string guess)
    {
        var answer = await server.GetAsync(path);
        Assert.Equal(400, answer.Status);
        Assert.EndsWith($"; did you mean '{guess}'?", answer["detail"].AsString());
    }

    [Fact]
    public async Task Tags_in_brackets_filter()
    {
        var id = await server.CreateAsync(Documents.With(Documents.Sum, "\"tags\": [\"red-one\"]"));
        await server.CreateAsync(Documents.Sum);
        var found = (await server.GetAsync("/api/v1/workflows?tags[]=red-one")).Body.AsList();
        Assert.Equal(id, Assert.Single(found)["id"].AsString());
    }

    [Theory]
    [InlineData("""{"action":"delete","filter":{"workflow":"none-such"}}""", "/filter/workflow")]
    [InlineData("""{"action":"delete","filter":{}}""", "/filter")]
    [InlineData("""{"action":"delete","filter":{"status":[]}}""", "/filter")]
    [InlineData("""{"action":"delete","filter":{"workflowId":null}}""", "/filter")]
    [InlineData("""{"action":"cancel","filter":{"q":"","status":""}}""", "/filter")]
    public async Task A_bulk_filter_that_means_everything_by_mistake_is_refused(string body, string pointer)
    {
        var kept = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum), """{"input": {"x": 1}}""", "?wait=30");
        var answer = await server.PostAsync("/api/v1/executions/bulk", body);
        Assert.Equal(422, answer.Status);
        Assert.Equal(pointer, answer["errors"].AsList()[0]["pointer"].AsString());
        Assert.Equal(200, (await server.GetAsync($"/api/v1/executions/{kept}")).Status);
    }

    private IEnumerable<(HttpMethod Method, string Path, RouteEndpoint Endpoint)> Routes() =>
        from endpoint in server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
        let path = System.Text.RegularExpressions.Regex.Replace(endpoint.RoutePattern.RawText!, @"\{[*]*(?<name>\w+)\}", part => part.Groups["name"].Value switch
        {
            "version" => "1",
            "other" => "2",
            "type" => "start",
            "name" => "crm",
            _ => "nobody",
        }, System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
        select (new HttpMethod(method), path, endpoint);
}

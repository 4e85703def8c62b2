using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Core.Values;

namespace Millrace.Server.Tests.Access;

public sealed class TenancyTests(TenancyTests.TwoTenants tenants) : IClassFixture<TenancyTests.TwoTenants>
{
    // W and E stand for a workflow and an execution of the tenant acme.
    private static readonly string[] Reads =
    [
        "/api/v1/workflows/W", "/api/v1/workflows/W/versions", "/api/v1/workflows/W/versions/1", "/api/v1/workflows/W/versions/1/diff/1",
        "/api/v1/workflows/W/export", "/api/v1/workflows/W/executions", "/api/workflows/W/executions",
        "/api/v1/executions/E", "/api/v1/executions/E/nodes", "/api/v1/executions/E/journal", "/api/v1/executions/E/state",
        "/api/v1/executions/E/logs", "/api/v1/jobs/E", "/api/v1/jobs/E/logs",
        "/api/executions/E", "/api/executions/E/logs",
    ];

    public static TheoryData<string> ReadPaths => [.. Reads];

    [Theory]
    [MemberData(nameof(ReadPaths))]
    public async Task A_tenant_reads_its_own_and_nobody_else_s(string path)
    {
        Assert.Equal(200, (await tenants.Server.GetAsync(tenants.PathOf(path), TwoTenants.Acme)).Status);
        Assert.Equal(404, (await tenants.Server.GetAsync(tenants.PathOf(path), TwoTenants.Other)).Status);
    }

    [Fact]
    public void Every_route_that_reads_a_workflow_or_an_execution_is_tried()
    {
        var routes = tenants.Server.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Contains("GET"))
            .Select(endpoint => endpoint.RoutePattern.RawText!.TrimEnd('/').Replace("{version}", "1").Replace("{other}", "1"))
            .Select(path => path.Replace("workflows/{id}", "workflows/W").Replace("executions/{id}", "executions/E").Replace("jobs/{id}", "jobs/E"))
            .Where(path => path.Contains("/W", StringComparison.Ordinal) || path.Contains("/E", StringComparison.Ordinal))
            // A stream does not end by itself; its refusals are what there is to see.
            .Where(path => !path.EndsWith("/events", StringComparison.Ordinal));
        Assert.Equal(Reads.Order(StringComparer.Ordinal), routes.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("POST", "/api/v1/workflows/W/execute", "{}")]
    [InlineData("POST", "/api/workflows/execute", """{"workflowId": "shared-id", "organizationId": "acme"}""")]
    [InlineData("POST", "/api/v1/executions/E/cancel", null)]
    [InlineData("POST", "/api/v1/workflows/W/activate", null)]
    [InlineData("DELETE", "/api/v1/workflows/W", null)]
    [InlineData("GET", "/api/v1/workflows/W/events", null)]
    [InlineData("GET", "/api/v1/executions/E/events", null)]
    public async Task A_tenant_reaches_nothing_of_another(string method, string path, string? body) =>
        Assert.Equal(404, (await tenants.Server.SendAsync(new HttpMethod(method), tenants.PathOf(path), body, TwoTenants.Other)).Status);

    [Theory]
    [InlineData("/api/v1/workflows")]
    [InlineData("/api/v1/executions?workflow_id=W")]
    public async Task A_list_has_only_what_is_the_tenant_s(string path)
    {
        Assert.NotEmpty((await tenants.Server.GetAsync(tenants.PathOf(path), TwoTenants.Acme)).Body.AsList());
        Assert.Empty((await tenants.Server.GetAsync(tenants.PathOf(path), TwoTenants.Other)).Body.AsList());
    }

    [Fact]
    public async Task The_same_id_means_another_workflow_in_another_tenant()
    {
        var third = Tokens.Bearer("admin", "third");
        var own = await tenants.Server.CreateAsync(Documents.With(Documents.Sum, "\"id\": \"shared-id\""), third);

        Assert.Equal("Sum", (await tenants.Server.GetAsync($"/api/v1/workflows/{own}", third))["name"].AsString());
        Assert.Equal("Patient", (await tenants.Server.GetAsync($"/api/v1/workflows/{own}", TwoTenants.Acme))["name"].AsString());
        Assert.Equal("ada", (await tenants.Server.GetAsync($"/api/v1/workflows/{own}", TwoTenants.Acme))["owner"].AsString());
    }

    [Fact]
    public async Task The_same_key_of_two_tenants_is_two_keys()
    {
        await using var server = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
        var ids = new List<Value>();
        foreach (var tenant in new[] { "acme", "other" })
        {
            var token = Tokens.Bearer("admin", tenant);
            await server.CreateAsync(Documents.With(Documents.Sum, "\"id\": \"w\""), token);
            ids.Add((await server.PostAsync("/api/v1/workflows/w/execute", "{}", token, ("Idempotency-Key", "k")))["id"]);
        }
        Assert.NotEqual(ids[0], ids[1]);
    }

    /// <summary>A server where the tenant acme has a workflow with an execution, and the tenant other has nothing.</summary>
    public sealed class TwoTenants : IAsyncLifetime
    {
        private string _workflow = "";
        private string _execution = "";

        public static (string Name, string Value) Acme { get; } = Tokens.Bearer("admin", "acme");

        public static (string Name, string Value) Other { get; } = Tokens.Bearer("admin", "other");

        public ServerFixture Server { get; private set; } = null!;

        public string PathOf(string template) =>
            template.Replace("/W", "/" + _workflow).Replace("/E", "/" + _execution).Replace("=W", "=" + _workflow);

        public async ValueTask InitializeAsync()
        {
            Server = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
            _workflow = await Server.CreateAsync(Documents.With(Documents.Patient, "\"id\": \"shared-id\""), Acme);
            _execution = (await Server.PostAsync($"/api/v1/workflows/{_workflow}/execute", "{}", Acme))["id"].AsString();
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}

using Millrace.Core.Values;

namespace Millrace.Server.Tests.Access;

public sealed class TenancyTests
{
    [Fact]
    public async Task One_tenant_never_sees_what_is_another_s()
    {
        await using var server = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
        var (acme, other) = (Tokens.Bearer("admin", "acme"), Tokens.Bearer("admin", "other"));
        var workflow = await server.CreateAsync(Documents.With(Documents.Patient, "\"id\": \"shared-id\""), acme);
        var started = await server.PostAsync($"/api/v1/workflows/{workflow}/execute", "{}", acme);
        var execution = started["id"].AsString();

        string[] reads =
        [
            $"/api/v1/workflows/{workflow}", $"/api/v1/workflows/{workflow}/versions", $"/api/v1/workflows/{workflow}/versions/1", $"/api/v1/workflows/{workflow}/export",
            $"/api/v1/workflows/{workflow}/executions", $"/api/workflows/{workflow}/executions",
            $"/api/v1/executions/{execution}", $"/api/v1/executions/{execution}/nodes", $"/api/v1/executions/{execution}/journal", $"/api/v1/executions/{execution}/state",
            $"/api/v1/executions/{execution}/logs", $"/api/v1/jobs/{execution}", $"/api/v1/jobs/{execution}/logs", $"/api/executions/{execution}", $"/api/executions/{execution}/logs",
        ];
        foreach (var path in reads)
        {
            Assert.Equal(200, (await server.GetAsync(path, acme)).Status);
            Assert.Equal(404, (await server.GetAsync(path, other)).Status);
        }
        Assert.Equal(404, (await server.GetAsync($"/api/v1/executions/{execution}/events", other)).Status);
        Assert.Equal(404, (await server.PostAsync($"/api/v1/workflows/{workflow}/execute", "{}", other)).Status);
        Assert.Equal(404, (await server.PostAsync("/api/workflows/execute", $$"""{"workflowId": "{{workflow}}", "organizationId": "acme"}""", other)).Status);
        Assert.Equal(404, (await server.PostAsync($"/api/v1/executions/{execution}/cancel", null, other)).Status);
        Assert.Equal(404, (await server.PostAsync($"/api/v1/workflows/{workflow}/activate", null, other)).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Delete, $"/api/v1/workflows/{workflow}", null, other)).Status);
        Assert.Empty((await server.GetAsync("/api/v1/workflows", other)).Body.AsList());
        Assert.Empty((await server.GetAsync($"/api/v1/executions?workflow_id={workflow}", other)).Body.AsList());

        // The same id is free in another tenant, and means another workflow there.
        var own = await server.CreateAsync(Documents.With(Documents.Sum, "\"id\": \"shared-id\""), other);
        Assert.Equal("Sum", (await server.GetAsync($"/api/v1/workflows/{own}", other))["name"].AsString());
        Assert.Equal("Patient", (await server.GetAsync($"/api/v1/workflows/{own}", acme))["name"].AsString());
        Assert.Equal("ada", (await server.GetAsync($"/api/v1/workflows/{own}", acme))["owner"].AsString());
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
}

using Millrace.Core.Values;
using Millrace.Server.Tests.Access;

namespace Millrace.Server.Tests.Integrations;

public sealed class IntegrationRouteTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Path = "/api/v1/integrations";

    private static string Crm(string name, string more = "") => $$$"""{"name": "{{{name}}}", "baseUrl": "https://crm.example.com/v2", "auth": {"type": "bearer", "token": "{{secrets.crm}}"}{{{more}}}}""";

    [Fact]
    public async Task An_integration_is_made_read_changed_and_deleted()
    {
        var made = await server.PostAsync(Path, Crm("made", """, "operations": {"find": {"path": "/customers/{id}"}}, "limits": {"rate_per_second": 5}, "version": 9, "tenantId": "x" """));
        Assert.True(made.Status == 201, made.Text);
        Assert.Equal(($"{Path}/made", "\"1\""), (made.Response.Headers.Location!.ToString(), made.Response.Headers.ETag!.ToString()));
        Assert.Equal("stored", made["source"].AsString());
        Assert.Equal((1, "{{secrets.crm}}", 5), (made["version"].AsInt(), made["auth"]["token"].AsString(), made["limits"]["ratePerSecond"].AsInt()));

        var read = await server.GetAsync($"{Path}/made");
        Assert.Equal((200, made.Text), (read.Status, read.Text));
        // What was read can be sent back.
        var again = await server.SendAsync(HttpMethod.Put, $"{Path}/made", read.Text, ("If-Match", "\"1\""));
        Assert.True(again.Status == 200, again.Text);
        Assert.Equal("\"2\"", again.Response.Headers.ETag!.ToString());
        Assert.Equal(412, (await server.SendAsync(HttpMethod.Put, $"{Path}/made", read.Text, ("If-Match", "\"1\""))).Status);
        Assert.Equal(412, (await server.SendAsync(HttpMethod.Delete, $"{Path}/made", null, ("If-Match", "\"1\""))).Status);
        Assert.Contains("made", (await server.GetAsync(Path)).Body.AsList().Select(one => one["name"].AsString()));

        Assert.Equal(204, (await server.SendAsync(HttpMethod.Delete, $"{Path}/made", null, ("If-Match", "\"2\""))).Status);
        Assert.Equal(404, (await server.GetAsync($"{Path}/made")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Delete, $"{Path}/made", null)).Status);
    }

    [Fact]
    public async Task A_name_is_given_once_and_a_put_creates()
    {
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Put, $"{Path}/once", Crm("once"))).Status);
        var taken = await server.PostAsync(Path, Crm("once"));
        Assert.Equal((409, "name_taken"), (taken.Status, taken["code"].AsString()));
        Assert.Equal(412, (await server.SendAsync(HttpMethod.Put, $"{Path}/once", Crm("once"), ("If-None-Match", "*"))).Status);
        Assert.Equal(412, (await server.SendAsync(HttpMethod.Put, $"{Path}/never", Crm("never"), ("If-Match", "\"3\""))).Status);
        var other = await server.SendAsync(HttpMethod.Put, $"{Path}/once", Crm("twice"));
        Assert.Equal((422, "/name"), (other.Status, other["errors"].AsList()[0]["pointer"].AsString()));
    }

    [Fact]
    public async Task A_key_makes_an_integration_once()
    {
        var first = await server.PostAsync(Path, Crm("keyed"), ("Idempotency-Key", "k"));
        var again = await server.PostAsync(Path, Crm("keyed"), ("Idempotency-Key", "k"));
        Assert.Equal((201, 201, first.Text), (first.Status, again.Status, again.Text));
    }

    [Theory]
    [InlineData("""{"baseUrl": "https://a.example.com"}""", "/name", "missing_field")]
    [InlineData("""{"name": "a b", "baseUrl": "https://a.example.com"}""", "/name", "invalid_id")]
    [InlineData("""{"name": "a"}""", "", "missing_field")]
    [InlineData("""{"name": "a", "baseUrl": 5}""", "/baseUrl", "wrong_type")]
    [InlineData("""{"name": "a", "baseUrl": "ftp://a.example.com"}""", "/baseUrl", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://u:p@a.example.com"}""", "/baseUrl", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com?key=1"}""", "/baseUrl", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://{{ input.host }}"}""", "/baseUrl", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "baseURI": 1}""", "/baseURI", "unknown_field")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "auth": {"type": "bearer", "token": "t0ken"}}""", "/auth/token", "literal_credential")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "auth": {"type": "basic", "username": "u", "password": "p"}}""", "/auth/password", "literal_credential")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "auth": {"type": "bearer"}}""", "/auth", "missing_field")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "auth": {"type": "magic"}}""", "/auth/type", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "headers": {"X-Api-Key": "k3y"}}""", "/headers/X-Api-Key", "literal_credential")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "headers": {"X-Who": "{{ input.who }}"}}""", "/headers/X-Who", "unknown_name")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "headers": {"X-Who": "{{ secrets.a + 'b' }}"}}""", "/headers/X-Who", "invalid_expression")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "headers": {"Connection": "close"}}""", "/headers/Connection", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {}}}""", "", "missing_field")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o o": {"path": "/x"}}}""", "/operations/o o", "invalid_id")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {"path": "x"}}}""", "/operations/o/path", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {"path": "/../x"}}}""", "/operations/o/path", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {"path": "/x", "method": "CONNECT"}}}""", "/operations/o/method", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {"path": "/x", "query": {"q": "{{secrets.a}}"}}}}""", "/operations/o/query/q", "secret_not_allowed")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {"path": "/x", "query": {"api_key": "k3y"}}}}""", "/operations/o/query/api_key", "literal_credential")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {"path": "/x", "body": {"a": "{{ data.a }}"}}}}""", "/operations/o/body/a", "unknown_name")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "operations": {"o": {"path": "/x", "success_codes": "all"}}}""", "/operations/o/successCodes", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "limits": {"concurrency": 0}}""", "/limits/concurrency", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "limits": {"ratePerMinute": -1}}""", "/limits/ratePerMinute", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "limits": {"ratePerMinute": 1, "ratePerSecond": 1}}""", "/limits", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "timeout": "PT1H"}""", "/timeout", "invalid_value")]
    [InlineData("""{"name": "a", "baseUrl": "https://a.example.com", "timeout": "soon"}""", "/timeout", "invalid_value")]
    public async Task What_is_wrong_is_told_where_it_is(string body, string pointer, string code)
    {
        var refused = await server.PostAsync(Path, body);
        Assert.True(refused.Status == 422, refused.Text);
        var error = Assert.Single(refused["errors"].AsList());
        Assert.Equal((pointer, code), (error["pointer"].AsString(), error["code"].AsString()));
        Assert.DoesNotContain("k3y", refused.Text);
        Assert.DoesNotContain("t0ken", refused.Text);
    }

    [Fact]
    public async Task A_refused_credential_says_how_to_make_a_secret_of_it()
    {
        var refused = await server.PostAsync(Path, """{"name": "a", "baseUrl": "https://a.example.com", "auth": {"type": "bearer", "token": "plain"}}""");
        Assert.Contains("PUT /api/v1/secrets/", refused["detail"].AsString());
    }

    [Fact]
    public async Task Integrations_of_one_tenant_are_none_of_another()
    {
        await using var secured = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
        var (acme, other) = (Tokens.Bearer("editor", "acme"), Tokens.Bearer("admin", "other"));
        Assert.Equal(201, (await secured.PostAsync(Path, Crm("crm"), acme)).Status);

        Assert.Equal(404, (await secured.GetAsync($"{Path}/crm", other)).Status);
        Assert.Equal(404, (await secured.PostAsync($"{Path}/crm/test", "{}", other)).Status);
        Assert.Equal(404, (await secured.SendAsync(HttpMethod.Delete, $"{Path}/crm", null, other)).Status);
        Assert.Empty((await secured.GetAsync(Path, other)).Body.AsList());
        Assert.Equal(201, (await secured.SendAsync(HttpMethod.Put, $"{Path}/crm", Crm("crm"), other)).Status);
        Assert.Equal(1, (await secured.GetAsync($"{Path}/crm", acme))["version"].AsInt());
        Assert.Equal(403, (await secured.PostAsync(Path, Crm("b"), Tokens.Bearer("operator", "acme"))).Status);
        Assert.Equal(200, (await secured.GetAsync(Path, Tokens.Bearer("viewer", "acme"))).Status);
    }

    [Fact]
    public async Task Saving_a_workflow_warns_of_what_an_integration_does_not_have()
    {
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Put, $"{Path}/known", Crm("known", ", \"operations\": {\"find\": {\"path\": \"/customers/{id}\"}}"))).Status);
        static string Document(string config) => $$"""{"name": "w", "nodes": [{"id": "start", "type": "start"}, {"id": "ask", "type": "integration", "config": {{config}}}], "edges": [{"source": "start", "target": "ask"}]}""";

        var cases = new[]
        {
            ("""{"service": "nobody", "operation": "find"}""", "/nodes/1/config/service", "unknown_integration"),
            ("""{"service": "known", "operation": "fnd"}""", "/nodes/1/config/operation", "unknown_operation"),
            ("""{"service": "known", "operation": "find", "params": {"no": 1}}""", "/nodes/1/config/params", "missing_field"),
        };
        foreach (var (config, pointer, code) in cases)
        {
            var saved = await server.PostAsync("/api/v1/workflows", Document(config));
            Assert.True(saved.Status == 201, saved.Text);
            foreach (var warnings in (Value[])[saved["warnings"], (await server.PostAsync("/api/v1/workflows/validate", Document(config)))["warnings"]])
            {
                var warning = Assert.Single(warnings.AsList());
                Assert.Equal((pointer, code), (warning["pointer"].AsString(), warning["code"].AsString()));
            }
        }
        Assert.Empty((await server.PostAsync("/api/v1/workflows/validate", Document("""{"service": "known", "operation": "find", "params": {"id": 1}}""")))["warnings"].AsList());
    }
}

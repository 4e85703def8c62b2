using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Millrace.Core.Values;
using Millrace.Server.Tests.Access;

namespace Millrace.Server.Tests.Integrations;

/// <summary>From an integration that is made over the API to the request that a workflow sends by it.</summary>
public sealed class IntegrationCallTests
{
    private const string Path = "/api/v1/integrations";

    private static string Document(string service, string operation, string values = "{}", string more = "") => $$$"""
        {"name": "w", "nodes": [{"id": "start", "type": "start"}, {"id": "ask", "type": "integration", "config": {"service": "{{{service}}}", "operation": "{{{operation}}}", "params": {{{values}}}}{{{more}}}}],
         "edges": [{"source": "start", "target": "ask"}]}
        """;

    [Fact]
    public async Task A_workflow_asks_an_integration_with_its_secret_and_its_key()
    {
        var heard = new ConcurrentQueue<string>();
        await using var crm = await EchoServer.StartAsync(context =>
        {
            heard.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers.Authorization} {context.Request.Headers["Idempotency-Key"]}");
            return context.Response.WriteAsJsonAsync(new { name = "Ada", echo = context.Request.Headers.Authorization.ToString() });
        });
        await using var server = await ServerFixture.StartAsync("--http-allowed-networks", "127.0.0.1");
        Assert.Equal(204, (await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/crm", """{"value": "s3cr3t-of-crm"}""")).Status);
        var made = await server.PostAsync(Path, """{"name": "crm", "baseUrl": "URL/v2/", "auth": {"type": "bearer", "token": "{{secrets.crm}}"}, "operations": {"find": {"path": "/customers/{id}", "query": {"fields": "name"}}}}""".Replace("URL", crm.Url));
        Assert.True(made.Status == 201, made.Text);
        var workflow = await server.CreateAsync(Document("crm", "find", """{"id": "{{ input.id }}", "page": 2}"""));

        var ended = await server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=30", """{"input": {"id": "a/b c"}}""");

        Assert.True(ended["status"].Equals("completed"), ended.Text);
        Assert.Equal(("200", "Ada"), (ended["result"]["status"].ToJson(), ended["result"]["body"]["name"].AsString()));
        Assert.Equal($"GET /v2/customers/a%2Fb%20c?page=2&fields=name Bearer s3cr3t-of-crm {ended["id"].AsString()}:ask::0", Assert.Single(heard));
        Assert.DoesNotContain("s3cr3t-of-crm", ended.Text);
        Assert.DoesNotContain("s3cr3t-of-crm", (await server.GetAsync($"/api/v1/executions/{ended["id"].AsString()}/journal")).Text);
        Assert.DoesNotContain("s3cr3t-of-crm", (await server.GetAsync(Path)).Text);

        var tried = await server.PostAsync($"{Path}/crm/test", """{"operation": "find", "params": {"id": 7}}""");
        Assert.Equal(("true", "Ada"), (tried["ok"].ToJson(), tried["output"]["body"]["name"].AsString()));
        Assert.DoesNotContain("s3cr3t-of-crm", tried.Text);
        Assert.Equal((422, "/operation"), ((await server.PostAsync($"{Path}/crm/test", null)).Status, (await server.PostAsync($"{Path}/crm/test", null))["errors"].AsList()[0]["pointer"].AsString()));
        Assert.Equal("unknown_operation", (await server.PostAsync($"{Path}/crm/test", """{"operation": "lose"}"""))["error"]["type"].AsString());
    }

    [Fact]
    public async Task What_is_changed_or_deleted_counts_from_the_next_call()
    {
        await using var first = await EchoServer.StartAsync(context => context.Response.WriteAsJsonAsync("first"));
        await using var second = await EchoServer.StartAsync(context => context.Response.WriteAsJsonAsync("second"));
        await using var server = await ServerFixture.StartAsync("--http-allowed-networks", "127.0.0.1");
        var workflow = await server.CreateAsync(Document("svc", "GET /x"));

        Assert.Contains("POST /api/v1/integrations", (await RunAsync())["error"].AsString());
        foreach (var url in (string[])[first.Url, second.Url])
        {
            Assert.True((await server.SendAsync(HttpMethod.Put, $"{Path}/svc", $$"""{"baseUrl": "{{url}}"}""")).Status is 200 or 201);
            Assert.Equal(url == first.Url ? "first" : "second", (await RunAsync())["result"]["body"].AsString());
        }
        Assert.Equal(204, (await server.SendAsync(HttpMethod.Delete, $"{Path}/svc", null)).Status);
        Assert.Equal("unknown_integration", (await RunAsync())["errorDetail"]["type"].AsString());

        Task<Answer> RunAsync() => server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=30", "{}");
    }

    [Fact]
    public async Task A_tenant_s_integration_does_not_reach_a_private_address()
    {
        await using var inner = await EchoServer.StartAsync(context => context.Response.WriteAsync("inside"));
        await using var server = await ServerFixture.StartAsync();
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Put, $"{Path}/inner", $$"""{"baseUrl": "{{inner.Url}}"}""")).Status);
        var tried = await server.PostAsync($"{Path}/inner/test", null);
        Assert.Equal(("false", "blocked"), (tried["ok"].ToJson(), tried["error"]["type"].AsString()));
        Assert.Contains("HTTP_ALLOWED_NETWORKS", tried["error"]["message"].AsString());
    }

    [Fact]
    public async Task The_operator_s_gateway_is_there_for_every_tenant_wherever_it_is_and_nobody_changes_it()
    {
        const string Token = "gateway-t0ken-1234";
        var heard = new ConcurrentQueue<string>();
        string? inside = null;
        await using var gateway = await EchoServer.StartAsync(context =>
        {
            heard.Enqueue($"{context.Request.Path} {context.Request.Headers.Authorization}");
            if (context.Request.Path == "/api/away")
                context.Response.Redirect(inside!);
            return context.Response.WriteAsync(context.Request.Headers.Authorization.ToString());
        });
        await using var inner = await EchoServer.StartAsync(context => context.Response.WriteAsync("inside"));
        inside = inner.Url;
        await using var server = new ServerFixture { Arguments = ["--jwt-secret", Tokens.Secret, "--api-gateway-url", $"{gateway.Url}/api"], Environment = [$"API_GATEWAY_TOKEN={Token}"] };
        await server.InitializeAsync();
        foreach (var tenant in (string[])["acme", "other"])
        {
            var admin = Tokens.Bearer("admin", tenant);
            var read = await server.GetAsync($"{Path}/gateway", admin);
            Assert.Equal((200, "environment", """{"type":"bearer"}"""), (read.Status, read["source"].AsString(), read["auth"].ToJson()));
            Assert.DoesNotContain(Token, read.Text);
            var tried = await server.PostAsync($"{Path}/gateway/test", """{"operation": "GET /things/{id}", "params": {"id": "é"}}""", admin);
            Assert.Equal("Bearer [secret API_GATEWAY_TOKEN]", tried["output"]["body"].AsString());
            foreach (var refused in (Answer[])[
                await server.SendAsync(HttpMethod.Put, $"{Path}/gateway", """{"baseUrl": "https://evil.example.com"}""", admin),
                await server.PostAsync(Path, """{"name": "gateway", "baseUrl": "https://evil.example.com"}""", admin),
                await server.SendAsync(HttpMethod.Delete, $"{Path}/gateway", null, admin)])
                Assert.Equal((409, "configured"), (refused.Status, refused["code"].AsString()));
        }
        Assert.Equal([$"/api/things/%C3%A9 Bearer {Token}", $"/api/things/%C3%A9 Bearer {Token}"], heard);
        // Where it redirects to is looked at like any address.
        var away = await server.PostAsync($"{Path}/gateway/test", """{"operation": "GET /away"}""", Tokens.Bearer("admin", "acme"));
        Assert.Equal("blocked", away["error"]["type"].AsString());
    }
}

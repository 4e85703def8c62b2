using System.Collections.Concurrent;
using Millrace.Core.Values;

namespace Millrace.Server.Tests.Secrets;

/// <summary>Secrets that are bound to hosts.</summary>
public sealed class SecretHostTests
{
    [Fact]
    public async Task Hosts_are_shown_kept_replaced_and_lifted()
    {
        await using var server = new ServerFixture { Environment = ["MILLRACE_SECRET_ENV=from-env", "SECRET_HOSTS=env=env.example.com *.example.org"] };
        await server.InitializeAsync();

        Assert.Equal(204, (await PutAsync(server, """{"value": "1", "hosts": ["API.example.com", "*.example.com"]}""")).Status);
        Assert.Equal("""["env.example.com","*.example.org"]|["api.example.com","*.example.com"]""", await HostsAsync(server));
        Assert.Equal(204, (await PutAsync(server, """{"value": "2"}""")).Status);
        Assert.Equal("""["env.example.com","*.example.org"]|["api.example.com","*.example.com"]""", await HostsAsync(server));
        await server.RestartAsync();
        Assert.Equal(204, (await PutAsync(server, """{"value": "2", "hosts": ["other.example.com"]}""")).Status);
        Assert.EndsWith("""|["other.example.com"]""", await HostsAsync(server));
        Assert.Equal(204, (await PutAsync(server, """{"value": "2", "hosts": []}""")).Status);
        Assert.EndsWith("|[]", await HostsAsync(server));
    }

    [Theory]
    [InlineData("""{"value": "1", "hosts": ["https://example.com"]}""")]
    [InlineData("""{"value": "1", "hosts": ["*"]}""")]
    [InlineData("""{"value": "1", "hosts": "example.com"}""")]
    [InlineData("""{"value": "1", "hosts": [5]}""")]
    public async Task What_is_no_host_is_refused_and_nothing_is_stored(string body)
    {
        await using var server = await ServerFixture.StartAsync();
        var answer = await PutAsync(server, body);
        Assert.Equal(422, answer.Status);
        Assert.StartsWith("/hosts", answer["errors"].AsList()[0]["pointer"].AsString());
        Assert.Empty((await server.GetAsync("/api/v1/secrets")).Body.AsList());
    }

    [Theory]
    [InlineData("localhost.example", "blocked")]
    [InlineData("127.0.0.1", null)]
    public async Task A_workflow_sends_a_bound_secret_to_its_hosts_only(string host, string? error)
    {
        var heard = new ConcurrentQueue<string>();
        await using var echo = await EchoServer.StartAsync(context =>
        {
            heard.Enqueue(context.Request.Headers["X-Key"].ToString());
            return Task.CompletedTask;
        });
        await using var server = await ServerFixture.StartAsync("--http-allowed-networks", "127.0.0.1");
        await PutAsync(server, $$"""{"value": "canary-value", "hosts": ["{{host}}"]}""");
        var id = await server.CreateAsync("""{"name": "Call", "nodes": [{"id": "s", "type": "start"}, {"id": "call", "type": "http", "config": {"url": "URL", "headers": {"X-Key": "{{secrets.key}}"}}}], "edges": [{"source": "s", "target": "call"}]}""".Replace("URL", echo.Url));

        var ended = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", "{}");

        Assert.Equal(error is null ? ["canary-value"] : [], heard);
        Assert.Equal(error is null ? "completed" : "failed", ended["status"].AsString());
        if (error is not null)
        {
            Assert.Equal(error, ended["errorDetail"]["type"].AsString());
            Assert.Contains("The secret 'key' may be sent to localhost.example only", ended["error"].AsString());
        }
    }

    private static Task<Answer> PutAsync(ServerFixture server, string body) => server.SendAsync(HttpMethod.Put, "/api/v1/secrets/key", body);

    private static async Task<string> HostsAsync(ServerFixture server) =>
        string.Join('|', (await server.GetAsync("/api/v1/secrets")).Body.AsList().Select(secret => secret["hosts"].ToJson()));
}

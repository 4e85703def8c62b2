using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using Millrace.Core.Values;

namespace Millrace.Server.Tests.Secrets;

public sealed class SecretTests
{
    private const string Canary = "canary/S3CR3T+value \"quoted\"";
    private const string Variable = "env-canary-7d9f";

    private static string Call(string url, string headers) => $$$"""
        {"name": "Call", "nodes": [
          {"id": "start", "type": "start"},
          {"id": "call", "type": "http", "config": {"method": "POST", "url": "{{{url}}}", "headers": {{{headers}}}, "body": "{{input}}"}}],
         "edges": [{"source": "start", "target": "call"}]}
        """;

    private static async Task<ServerFixture> StartAsync(params string[] environment)
    {
        var server = new ServerFixture { Arguments = ["--http-allowed-networks", "127.0.0.1"], Environment = environment };
        await server.InitializeAsync();
        return server;
    }

    private static Task<Answer> PutAsync(ServerFixture server, string name, string value) =>
        server.SendAsync(HttpMethod.Put, $"/api/v1/secrets/{name}", ((Value)MapValue.Of("value", value)).ToJson());

    [Fact]
    public async Task A_secret_is_listed_without_its_value_and_deleted_once()
    {
        await using var server = await StartAsync($"MILLRACE_SECRET_FROM_ENV={Variable}");

        Assert.Equal(204, (await PutAsync(server, "api_key", Canary)).Status);
        var list = await server.GetAsync("/api/v1/secrets");

        Assert.Equal(["api_key", "from_env"], list.Body.AsList().Select(secret => secret["name"].AsString()));
        Assert.Equal(["stored", "environment"], list.Body.AsList().Select(secret => secret["source"].AsString()));
        Assert.DoesNotContain("canary", list.Text);
        Assert.Equal(204, (await server.SendAsync(HttpMethod.Delete, "/api/v1/secrets/api_key", null)).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Delete, "/api/v1/secrets/api_key", null)).Status);
        Assert.Equal(409, (await server.SendAsync(HttpMethod.Delete, "/api/v1/secrets/from_env", null)).Status);
        Assert.Equal(405, (await server.GetAsync("/api/v1/secrets/api_key")).Status);
    }

    [Theory]
    [InlineData("1abc", """{"value":"x"}""", 400)]
    [InlineData("a.b", """{"value":"x"}""", 400)]
    [InlineData("name", """{}""", 422)]
    [InlineData("name", """{"value":5}""", 422)]
    public async Task What_is_no_secret_is_refused(string name, string body, int status)
    {
        await using var server = await StartAsync();

        Assert.Equal(status, (await server.SendAsync(HttpMethod.Put, $"/api/v1/secrets/{name}", body)).Status);
    }

    [Fact]
    public async Task The_other_side_gets_the_value_and_everybody_else_its_name()
    {
        var heard = new ConcurrentQueue<string>();
        await using var echo = await EchoServer.StartAsync(async context =>
        {
            heard.Enqueue(context.Request.Headers["X-Key"].ToString());
            heard.Enqueue(context.Request.Headers["X-Env"].ToString());
            var key = context.Request.Headers["X-Key"].ToString();
            context.Response.Headers["X-Echo"] = key;
            context.Response.StatusCode = context.Request.Path == "/fail" ? 400 : 200;
            await context.Response.WriteAsync($"{key} {Uri.EscapeDataString(key)} {Convert.ToBase64String(Encoding.UTF8.GetBytes("u:" + key))} {Variable}");
        });
        await using var server = await StartAsync($"MILLRACE_SECRET_FROM_ENV={Variable}");
        await PutAsync(server, "key", Canary);
        const string Headers = """{"X-Key": "Key {{secrets.key}}", "X-Env": "{{secrets.from_env}}"}""";
        var good = await server.CreateAsync(Call(echo.Url, Headers));
        var bad = await server.CreateAsync(Call(echo.Url + "/fail", Headers));

        var ended = await server.PostAsync($"/api/v1/workflows/{good}/execute?wait=30", """{"input": "x"}""");
        var failed = await server.PostAsync($"/api/v1/workflows/{bad}/execute?wait=30", """{"input": "x"}""");

        Assert.Equal(["Key " + Canary, Variable, "Key " + Canary, Variable], heard);
        Assert.Equal(("completed", "failed"), (ended["status"].AsString(), failed["status"].AsString()));
        Assert.Contains("[secret key]", ended["result"]["body"].AsString());
        var said = new StringBuilder();
        foreach (var id in (string[])[ended["id"].AsString(), failed["id"].AsString()])
        {
            foreach (var path in (string[])["", "/nodes", "/journal", "/state", "/logs"])
                said.AppendLine((await server.GetAsync($"/api/v1/executions/{id}{path}")).Text);
            await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{id}/events");
            foreach (var e in await events.ReadToEndAsync())
                said.AppendLine(e.Data.ToJson());
        }
        Assert.Contains("""["Key ",{"secret":"key"}]""", said.ToString());
        AssertClean(said.ToString());
        await server.StopAsync();
        foreach (var file in Directory.EnumerateFiles(server.DataDirectory, "*", SearchOption.AllDirectories))
            AssertClean(Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file)));
        await server.InitializeAsync();
    }

    [Fact]
    public async Task A_secret_that_is_missing_fails_the_attempt_and_says_how_to_set_it()
    {
        await using var server = await StartAsync();
        var id = await server.CreateAsync(Call("http://127.0.0.1:1", """{"X-Key": "{{secrets.api_key}}"}"""));

        var ended = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", "{}");

        Assert.Equal("secret", ended["errorDetail"]["type"]);
        Assert.Contains("PUT /api/v1/secrets/api_key", ended["error"].AsString());
        Assert.Contains("MILLRACE_SECRET_API_KEY", ended["error"].AsString());
    }

    [Fact]
    public async Task Data_that_looks_like_a_placeholder_stays_what_it_is()
    {
        var heard = new ConcurrentQueue<string>();
        await using var echo = await EchoServer.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            heard.Enqueue(context.Request.Headers["X-Key"] + await reader.ReadToEndAsync());
        });
        await using var server = await StartAsync();
        await PutAsync(server, "key", Canary);
        var id = await server.CreateAsync(Call(echo.Url, """{"X-Key": "{{input.a}}"}"""));

        var ended = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", """{"input": {"a": "{{secrets.key}}", "b": {"secret": "key"}, "c": ["", {"secret": "key"}]}}""");

        Assert.Equal("completed", ended["status"]);
        Assert.Contains("{{secrets.key}}", Assert.Single(heard));
        Assert.DoesNotContain("canary", Assert.Single(heard));
    }

    [Fact]
    public async Task A_secret_in_another_field_is_refused_when_the_workflow_is_saved()
    {
        await using var server = await StartAsync();

        var answer = await server.PostAsync("/api/v1/workflows", """{"name":"x","nodes":[{"id":"a","type":"llm","config":{"model":"mock","prompt":"{{secrets.key}}"}}],"edges":[]}""");

        Assert.Equal(422, answer.Status);
        Assert.Contains("secret_not_allowed", answer.Text);
    }

    [Fact]
    public async Task A_new_value_is_used_at_once_and_after_a_restart()
    {
        var heard = new ConcurrentQueue<string>();
        await using var echo = await EchoServer.StartAsync(context =>
        {
            heard.Enqueue(context.Request.Headers["X-Key"].ToString());
            return Task.CompletedTask;
        });
        await using var server = await StartAsync();
        var id = await server.CreateAsync(Call(echo.Url, """{"X-Key": "{{secrets.key}}"}"""));
        foreach (var value in (string[])["first-value", "second-value"])
        {
            await PutAsync(server, "key", value);
            await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", "{}");
        }
        await server.RestartAsync();
        await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", "{}");

        Assert.Equal(["first-value", "second-value", "second-value"], heard);
    }

    private static void AssertClean(string text)
    {
        foreach (var form in (string[])[Canary, "S3CR3T", Uri.EscapeDataString(Canary), Convert.ToBase64String(Encoding.UTF8.GetBytes("u:Key " + Canary)), Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary)), Variable])
            Assert.DoesNotContain(form, text);
    }
}

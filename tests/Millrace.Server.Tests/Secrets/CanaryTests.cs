using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Core.Values;

namespace Millrace.Server.Tests.Secrets;

/// <summary>A secret goes through every way to use one, and to a server that says back all it hears in every encoding; then it is looked for everywhere.</summary>
public sealed class CanaryTests
{
    private const string Canary = "c4n4ry/S3CR3T+value \"<&>\" $%";
    private const string Second = "s3cond-CANARY-9f31";

    [Fact]
    public async Task A_secret_is_nowhere_to_be_found()
    {
        var reached = 0;
        await using var echo = await EchoServer.StartAsync(context => AnswerAsync(context, ref reached));
        var log = Path.Combine(Path.GetTempPath(), $"millrace-canary-{Guid.NewGuid():N}.log");
        await using var server = new ServerFixture { Arguments = ["--http-allowed-networks", "127.0.0.1", "--log-level", "trace", "--log-file", log, "--log-format", "json"] };
        await server.InitializeAsync();
        foreach (var (name, value) in new Dictionary<string, string> { ["key"] = Canary, ["second"] = Second })
            Assert.Equal(204, (await server.SendAsync(HttpMethod.Put, $"/api/v1/secrets/{name}", ((Value)MapValue.Of("value", value)).ToJson())).Status);
        var made = await server.PostAsync("/api/v1/integrations", """{"name": "echo", "baseUrl": "URL", "auth": {"type": "basic", "username": "u", "password": "{{secrets.second}}"}, "headers": {"X-Key": "Key {{secrets.key}}"}}""".Replace("URL", echo.Url));
        Assert.Equal(201, made.Status);
        var said = new StringBuilder(made.Text);
        var workflow = await server.CreateAsync(Document(echo.Url));

        var ended = await server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=60", """{"input": {"a": 1}}""");

        Assert.Equal("failed", ended["status"].AsString());
        Assert.Equal(8, reached);
        said.AppendLine(ended.Text);
        await CollectAsync(server, workflow, ended["id"].AsString(), said);
        said.AppendLine((await server.PostAsync("/api/v1/nodes/http/test", """{"config": {"url": "URL", "headers": {"X-Key": "{{secrets.key}}"}}, "input": {}}""".Replace("URL", echo.Url))).Text);
        said.AppendLine((await server.PostAsync("/api/v1/integrations/echo/test", """{"operation": "GET /bad"}""")).Text);
        // Taken for a document that may not have it there.
        said.AppendLine((await server.PostAsync("/api/v1/workflows", """{"name":"x","nodes":[{"id":"a","type":"log","config":{"message":"{{secrets.key}}"}}],"edges":[]}""")).Text);
        await server.StopAsync();
        var written = Directory.EnumerateFiles(server.DataDirectory, "*", SearchOption.AllDirectories).Append(log).ToDictionary(file => file, file => Encoding.UTF8.GetString(File.ReadAllBytes(file)));
        File.Delete(log);
        await server.InitializeAsync();
        Assert.NotEmpty(written[log]);
        AssertClean(said.ToString(), "what the server said");
        foreach (var (file, text) in written)
            AssertClean(text, Path.GetFileName(file));
    }

    private static string Document(string url)
    {
        (string Id, string Config)[] calls =
        [
            ("header", """ "headers": {"X-Key": "Key {{secrets.key}}"}"""),
            ("basic", """ "auth": {"type": "basic", "username": "u", "password": "{{secrets.second}}"}"""),
            ("query", """ "auth": {"type": "query", "name": "k", "value": "{{secrets.key}}"}"""),
            ("oauth", $$$$""" "auth": {"type": "oauth2", "tokenUrl": "{{{{url}}}}/token", "clientId": "me", "clientSecret": "{{secrets.second}}", "clientProof": "body"}"""),
            ("aws", """ "auth": {"type": "awsSigV4", "accessKeyId": "AK", "secretAccessKey": "{{secrets.second}}", "sessionToken": "{{secrets.second}}", "region": "r", "service": "x"}"""),
            ("bad", """ "headers": {"X-Key": "{{secrets.second}}"}, "successCodes": 404"""),
        ];
        var nodes = calls.Select(call => $$$"""{"id": "{{{call.Id}}}", "type": "http", "config": {"method": "POST", "url": "{{{url}}}/{{{call.Id}}}", {{{call.Config}}} }}""");
        nodes = nodes.Append("""{"id": "integration", "type": "integration", "config": {"service": "echo", "operation": "POST /integration"}}""");
        var edges = calls.Skip(1).Zip(calls, (to, from) => $$"""{"source": "{{from.Id}}", "target": "{{to.Id}}"}""").Prepend("""{"source": "start", "target": "integration"}, {"source": "integration", "target": "header"}""");
        return $$"""{"name": "Canary", "nodes": [{"id": "start", "type": "start"}, {{string.Join(',', nodes)}}], "edges": [{{string.Join(',', edges)}}]}""";
    }

    private static async Task CollectAsync(ServerFixture server, string workflow, string id, StringBuilder said)
    {
        foreach (var path in (string[])[
            $"/api/v1/executions/{id}", $"/api/v1/executions/{id}/nodes", $"/api/v1/executions/{id}/journal", $"/api/v1/executions/{id}/state", $"/api/v1/executions/{id}/logs",
            "/api/v1/executions", $"/api/v1/workflows/{workflow}", $"/api/v1/workflows/{workflow}/executions", $"/api/v1/workflows/{workflow}/versions", $"/api/v1/workflows/{workflow}/export",
            $"/api/v1/workflows/{workflow}/export?format=yaml", $"/api/v1/jobs/{id}", $"/api/v1/jobs/{id}/logs", $"/api/executions/{id}", $"/api/executions/{id}/logs", "/api/v1/secrets", "/api/v1/integrations", "/api/v1/integrations/echo", "/api/v1/limits"])
        {
            var answer = await server.GetAsync(path);
            Assert.True(answer.Status is 200 or 404, $"{path} answered {answer.Status}.");
            said.AppendLine(answer.Text);
        }
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{id}/events");
        foreach (var e in await events.ReadToEndAsync())
            said.AppendLine(e.Data.ToJson());
        Assert.Contains("[secret key]", said.ToString());
        Assert.Contains("[secret second]", said.ToString());
        Assert.Contains("[secret oauth token]", said.ToString());
    }

    // All that came, in every encoding, as header, as JSON and in an error. What a call did not send is not its own to be taken out.
    private static Task AnswerAsync(HttpContext context, ref int reached)
    {
        Interlocked.Increment(ref reached);
        var header = context.Request.Headers["X-Key"].ToString();
        var key = header.Contains(Canary, StringComparison.Ordinal) || context.Request.Path == "/query" ? Canary : "";
        var second = context.Request.Path.Value is "/header" or "/query" or "/" ? "" : Second;
        if (context.Request.Path == "/token")
            return context.Response.WriteAsJsonAsync(new { access_token = "t0ken-of-" + "the-canary", token_type = "Bearer", echo = Second });
        var heard = $"{header} {key} {second} {context.Request.Headers.Authorization}";
        context.Response.StatusCode = context.Request.Path == "/bad" ? 400 : 200;
        context.Response.Headers["X-Echo"] = Uri.EscapeDataString(heard);
        return context.Response.WriteAsJsonAsync(new Dictionary<string, object> { ["all"] = Forms(heard).Concat(Forms(key)).Concat(Forms(second)).ToArray(), ["query"] = context.Request.QueryString.ToString(), [second + "-"] = "in a key" });
    }

    private static IEnumerable<string> Forms(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return
        [
            text, Uri.EscapeDataString(text), WebUtility.UrlEncode(text), WebUtility.HtmlEncode(text), JsonSerializer.Serialize(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text),
            Convert.ToHexString(bytes), Convert.ToHexStringLower(bytes), Convert.ToBase64String(bytes), Convert.ToBase64String([.. "u:"u8, .. bytes]), Convert.ToBase64String([.. "x"u8, .. bytes]),
            Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_'),
        ];
    }

    private static void AssertClean(string text, string where)
    {
        foreach (var form in Forms(Canary).Concat(Forms(Second)).Append("t0ken-of-the-canary").Append("S3CR3T"))
        {
            var at = text.IndexOf(form.Trim('"', '='), StringComparison.Ordinal);
            Assert.True(at < 0, $"{where} has the secret, as {form}: {(at < 0 ? "" : text.Substring(Math.Max(0, at - 60), Math.Min(160, text.Length - Math.Max(0, at - 60))))}");
        }
    }
}

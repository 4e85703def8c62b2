using Millrace.Core.Values;
using Millrace.Server.Tests.Access;

namespace Millrace.Server.Tests.Executions;

/// <summary>Large values as the API shows them.</summary>
public sealed class LargeValueTests
{
    private const string Document = """
        {"name": "Large", "nodes": [{"id": "start", "type": "start"}, {"id": "pass", "type": "transform", "config": {"expression": "data"}}], "edges": [{"source": "start", "target": "pass"}]}
        """;

    private static readonly string Input = $$"""{"text":"{{new string('x', 300_000)}}","$blob":"mine"}""";

    [Fact]
    public async Task One_execution_is_shown_in_full_and_a_journal_by_reference()
    {
        await using var server = await ServerFixture.StartAsync();
        var workflow = await server.CreateAsync(Document);
        var ended = await server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=30", $$"""{"input": {{Input}} }""");
        var path = $"/api/v1/executions/{ended["id"].AsString()}";

        Assert.Equal("completed", ended["status"].AsString());
        Assert.Equal(Input, ended["result"].ToJson());
        var read = await server.GetAsync(path);
        Assert.Equal(Input, read["input"].ToJson());
        Assert.Equal(Input, read["result"].ToJson());
        Assert.All((await server.GetAsync(path + "/nodes")).Body.AsList(), run => Assert.Equal(Input, run["output"].ToJson()));
        Assert.Equal(Input, (await server.GetAsync(path + "/state"))["result"].ToJson());
        Assert.Equal(Input, (await server.GetAsync($"/api/executions/{ended["id"].AsString()}"))["result"].ToJson());

        var journal = await server.GetAsync(path + "/journal");
        Assert.InRange(journal.Text.Length, 1, 10_000);
        var reference = journal.Body.AsList()[0]["data"]["input"]["text"];
        Assert.Equal(300_002, reference["size"].AsInt());
        Assert.InRange((await server.GetAsync("/api/v1/executions")).Text.Length, 1, 5_000);
        var blob = await server.GetAsync($"/api/v1/blobs/{reference["$blob"].AsString()}");
        Assert.Equal(ValueJson.Parse(Input)["text"], blob.Body);
    }

    [Fact]
    public async Task Whatever_answers_with_an_execution_shows_it_in_full()
    {
        await using var server = await ServerFixture.StartAsync();
        var workflow = await server.CreateAsync("""{"name": "Waiter", "nodes": [{"id": "start", "type": "start"}, {"id": "wait", "type": "waitForEvent", "config": {"name": "go"}}], "edges": [{"source": "start", "target": "wait"}]}""");
        var started = await server.PostAsync($"/api/v1/workflows/{workflow}/execute", $$"""{"input": {{Input}} }""");
        var path = $"/api/v1/executions/{started["id"].AsString()}";
        foreach (var (action, body) in new[] { ("signal", """{"name": "other"}"""), ("pause", "{}"), ("resume", "{}"), ("rerun", "{}"), ("fork", """{"fromSeq": 1}"""), ("cancel", "{}") })
        {
            var answer = await server.PostAsync($"{path}/{action}", body);
            Assert.True(answer.Status is 200 or 202, answer.Text);
            Assert.Equal(Input, answer["input"].ToJson());
        }
    }

    [Fact]
    public async Task A_blob_is_read_only_by_whose_execution_refers_to_it()
    {
        await using var server = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
        var (acme, other) = (Tokens.Bearer("operator", "acme"), Tokens.Bearer("admin", "other"));
        var workflow = await server.CreateAsync(Document, Tokens.Bearer("admin", "acme"));
        var started = await server.PostAsync($"/api/v1/workflows/{workflow}/execute", $$"""{"input": {{Input}} }""", acme);
        var journal = await server.GetAsync($"/api/v1/executions/{started["id"].AsString()}/journal", acme);
        var path = $"/api/v1/blobs/{journal.Body.AsList()[0]["data"]["input"]["text"]["$blob"].AsString()}";

        Assert.Equal(200, (await server.GetAsync(path, acme)).Status);
        Assert.Equal(404, (await server.GetAsync(path, other)).Status);
        Assert.Equal(401, (await server.GetAsync(path)).Status);
        Assert.Equal(404, (await server.GetAsync("/api/v1/blobs/..%2f..%2fmillrace.db", acme)).Status);
    }

    [Fact]
    public async Task What_is_missing_on_the_disk_is_named()
    {
        await using var server = await ServerFixture.StartAsync();
        var workflow = await server.CreateAsync(Document);
        var ended = await server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=30", $$"""{"input": {{Input}} }""");
        var file = Directory.GetFiles(Path.Combine(server.DataDirectory, "blobs"), "*", SearchOption.AllDirectories).Single();
        File.Delete(file);

        foreach (var path in (string[])[$"executions/{ended["id"].AsString()}", $"executions/{ended["id"].AsString()}/nodes", $"blobs/{Path.GetFileName(file)}"])
        {
            var answer = await server.GetAsync("/api/v1/" + path);
            Assert.Equal((500, "unreadable_data"), (answer.Status, answer["code"].AsString()));
            Assert.Contains(Path.GetFileName(file), answer["detail"].AsString());
        }
        Assert.Equal(200, (await server.GetAsync("/api/v1/executions")).Status);
        Assert.Equal(200, (await server.GetAsync($"/api/v1/executions/{ended["id"].AsString()}/journal")).Status);
    }
}

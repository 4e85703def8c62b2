using Millrace.Engine.Storage;
using Millrace.Server.Configuration;
using Millrace.Server.Hosting;

namespace Millrace.Server.Tests.Health;

public sealed class LifetimeTests
{
    [Fact]
    public async Task Health_is_told_to_everybody()
    {
        await using var server = await ServerFixture.StartAsync("--jwt-secret", Access.Tokens.Secret);
        foreach (var path in new[] { "/", "/health", "/health/ready", "/health/live", "/ping" })
            Assert.Equal(200, (await server.GetAsync(path)).Status);
        Assert.Equal("healthy", (await server.GetAsync("/health"))["status"].AsString());
    }

    [Fact]
    public async Task What_was_waiting_goes_on_waiting_after_a_restart()
    {
        await using var server = await ServerFixture.StartAsync();
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Patient));
        await server.RestartAsync();
        Assert.Equal("waiting", (await server.GetAsync($"/api/v1/executions/{execution}"))["status"].AsString());
        Assert.Equal(202, (await server.PostAsync($"/api/v1/executions/{execution}/cancel", null)).Status);
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");
        Assert.Equal("workflow_cancelled", (await events.ReadToEndAsync())[^1].Type);
    }

    [Fact]
    public async Task While_draining_starts_are_refused_reads_are_answered_and_waiting_callers_let_go()
    {
        await using var server = await ServerFixture.StartAsync();
        var workflow = await server.CreateAsync(Documents.Patient);
        var waiting = server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=60", "{}");
        await using var all = await SseReader.OpenAsync(server, $"/api/v1/workflows/{workflow}/events?after=0");
        var execution = (await all.UntilAsync("workflow_waiting")).Data["executionId"].AsString();
        await using var stream = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");

        server.Server.BeginDraining();

        var refused = await server.PostAsync($"/api/v1/workflows/{workflow}/execute", "{}");
        Assert.Equal(503, refused.Status);
        Assert.Equal("draining", refused["code"].AsString());
        Assert.NotNull(refused.Header("Retry-After"));
        Assert.Equal(200, (await server.GetAsync($"/api/v1/executions/{execution}")).Status);
        Assert.Equal(503, (await server.GetAsync("/health/ready")).Status);
        Assert.Equal(200, (await server.GetAsync("/health/live")).Status);
        var answered = await waiting;
        Assert.Equal(202, answered.Status);
        Assert.Equal("waiting", answered["status"].AsString());
        while (await stream.NextAsync() is { } e)
            Assert.NotEqual("end", e.Type);
    }

    [Theory]
    [InlineData("{id}/retry", "{}")]
    [InlineData("{id}/rerun", "{}")]
    [InlineData("{id}/fork", "{}")]
    [InlineData("bulk", """{"action": "retry", "ids": ["{id}"]}""")]
    public async Task While_draining_nothing_is_started_of_the_past_of_others(string action, string body)
    {
        await using var server = await ServerFixture.StartAsync();
        var workflow = await server.CreateAsync(Documents.Sum);
        var failed = await server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=30", """{"input": {}}""");
        Assert.Equal("failed", failed["status"].AsString());
        var id = failed["id"].AsString();

        server.Server.BeginDraining();

        var refused = await server.PostAsync("/api/v1/executions/" + action.Replace("{id}", id), body.Replace("{id}", id));
        Assert.Equal((503, "draining"), (refused.Status, refused["code"].AsString()));
        Assert.Single((await server.GetAsync("/api/v1/executions")).Body.AsList());
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_says_so()
    {
        await using var server = await ServerFixture.StartAsync();
        var settings = new ServerSettings { Addresses = [], DataDirectory = server.DataDirectory };
        var refused = Assert.Throws<StoreException>(() => MillraceServer.Create(settings, TimeProvider.System));
        Assert.Contains("Another Millrace process", refused.Message);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task The_log_file_has_what_was_logged(string format)
    {
        var directory = Directory.CreateTempSubdirectory("millrace-log-").FullName;
        try
        {
            var file = Path.Combine(directory, "logs", "server.log");
            await using (await ServerFixture.StartAsync("--log-level", "info", "--log-file", file, "--log-format", format))
            {
            }
            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            Assert.Contains(lines, line => line.Contains("Millrace listens on http://127.0.0.1:", StringComparison.Ordinal));
            Assert.All(lines, line => Assert.Equal(format is "json", line.StartsWith('{')));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Samples_are_loaded_into_an_empty_store_once()
    {
        var samples = Directory.CreateTempSubdirectory("millrace-samples-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(samples, "sum.json"), Documents.Sum, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(samples, "broken.json"), Documents.Invalid, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(samples, "say.yaml"), "id: say\nname: Say\nnodes: [{id: a, type: start}]\nedges: []\n", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(samples, "README.md"), "not a workflow", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(samples, "say.tests.yaml"), "id: tests\nname: Tests of say\nnodes: [{id: a, type: start}]\nedges: []\n", TestContext.Current.CancellationToken);
            await using var server = await ServerFixture.StartAsync("--samples", samples);
            Assert.Equal(["sum", "say"], Ids(await server.GetAsync("/api/v1/workflows")));
            await server.SendAsync(HttpMethod.Delete, "/api/v1/workflows/sum", null);
            await server.RestartAsync();
            Assert.Equal(["say"], Ids(await server.GetAsync("/api/v1/workflows")));
        }
        finally
        {
            Directory.Delete(samples, recursive: true);
        }
    }

    private static IEnumerable<string> Ids(Answer workflows) => workflows.Body.AsList().Select(workflow => workflow["id"].AsString());
}

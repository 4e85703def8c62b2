using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>kill -9 while executions wait for people and the world: nothing that was said to them is lost.</summary>
public sealed class WaitTests
{
    private const string Ask = """{"id":"ask","type":"approval","config":{"title":"Go on?"}}""";
    private const string Listen = """{"id":"ask","type":"waitForEvent","config":{"name":"go"}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_approval_is_answered_after_a_restart(bool inForEach)
    {
        await using var server = await ServerProcess.StartAsync();
        var execution = await StartAsync(server, Ask, inForEach);
        var approval = (await server.GetAsync($"api/v1/approvals?execution_id={execution}"))[0];
        var path = new Uri((await server.GetAsync($"api/v1/approvals/{approval.GetProperty("id")}")).GetProperty("link").GetString()!).PathAndQuery.TrimStart('/');
        server.Kill();
        await server.StartAgainAsync();

        // The link is still good, the answer is durable: another kill right after it takes nothing back.
        var (status, answered) = await server.PostAsync(path, """{"decision":"approved","comment":"yes"}""");
        server.Kill();
        Assert.True(status == HttpStatusCode.OK, answered.ToString());
        await server.StartAgainAsync();

        var ended = await WhenEndedAsync(server, execution);
        Assert.Contains("\"comment\":\"yes\"", ended.GetProperty("result").GetRawText());
        Assert.Equal("answered", (await server.GetAsync($"api/v1/approvals/{approval.GetProperty("id")}")).GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.Conflict, (await server.PostAsync(path, """{"decision":"rejected"}""")).Status);
    }

    // However close it comes to the end of its time: who was told that it counts is right.
    [Fact]
    public async Task An_answer_that_was_acknowledged_goes_before_its_timeout()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.PostAsync("api/v1/workflows", """
            {"id":"close","name":"Close","nodes":[{"id":"ask","type":"approval","config":{"title":"Go on?","timeout":"PT2.5S"}},
              {"id":"yes","type":"output","config":{"value":"approved"}},{"id":"late","type":"output","config":{"value":"timeout"}}],
             "edges":[{"source":"ask","target":"yes","port":"approved"},{"source":"ask","target":"late","port":"timeout"}]}
            """);
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => AnswerAtTheLastMomentAsync(server, n)));
        foreach (var (execution, wasTaken) in answers)
        {
            var ended = await WhenEndedAsync(server, execution);
            Assert.Equal((execution, wasTaken ? "approved" : "timeout"), (execution, ended.GetProperty("result").GetString()));
        }
    }

    private static async Task<(string Execution, bool WasTaken)> AnswerAtTheLastMomentAsync(ServerProcess server, int number)
    {
        var (_, started) = await server.PostAsync("api/v1/workflows/close/execute", "{}");
        var execution = started.GetProperty("id").GetString()!;
        var open = (await server.GetAsync($"api/v1/approvals?execution_id={execution}"))[0];
        var moment = open.GetProperty("dueAt").GetDateTimeOffset() - TimeSpan.FromMilliseconds(number % 30);
        while (DateTimeOffset.UtcNow < moment)
            await Task.Delay(1, TestContext.Current.CancellationToken);
        var (status, body) = await server.PostAsync($"api/v1/approvals/{open.GetProperty("id").GetString()}", """{"decision":"approved"}""");
        Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.Conflict, body.ToString());
        return (execution, status != HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signal_that_came_before_its_wait_is_taken_by_it_after_a_kill(bool inForEach)
    {
        await using var server = await ServerProcess.StartAsync();
        var execution = await StartAsync(server, Listen, inForEach, before: "PT4S");
        var (status, body) = await server.PostAsync($"api/v1/executions/{execution}/signal", """{"name":"go","payload":{"comment":"yes"}}""");
        server.Kill();
        Assert.True(status == HttpStatusCode.Accepted, body.ToString());
        await server.StartAgainAsync();
        var ended = await WhenEndedAsync(server, execution);
        Assert.Contains("\"comment\":\"yes\"", ended.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task An_effect_in_doubt_after_a_kill_is_settled_by_hand()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        await SaveAsync(server, $$"""{"id":"pay","type":"http","inDoubt":"ask","config":{"method":"POST","url":"http://{{silent.LocalEndpoint}}/pay"} }""", "");
        var execution = await StartAsync(server);
        using var call = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        server.Kill();
        await server.StartAgainAsync();
        await UntilAsync(server, execution, "waiting");
        var run = (await server.GetAsync($"api/v1/executions/{execution}/nodes")).EnumerateArray().Single(node => node.GetProperty("nodeId").GetString() == "pay");
        Assert.Equal(("inDoubt", "inDoubt"), (run.GetProperty("status").GetString(), run.GetProperty("effect").GetString()));

        var (status, resolved) = await server.PostAsync($"api/v1/executions/{execution}/nodes/pay/resolve", """{"outcome":"completed","output":{"id":"ch_1"}}""");
        Assert.True(status == HttpStatusCode.OK, resolved.ToString());
        Assert.Equal("""{"id":"ch_1"}""", (await WhenEndedAsync(server, execution)).GetProperty("result").GetRawText());
        Assert.Equal(HttpStatusCode.Conflict, (await server.PostAsync($"api/v1/executions/{execution}/nodes/pay/resolve", """{"outcome":"retry"}""")).Status);
    }

    private static async Task<string> StartAsync(ServerProcess server, string node, bool inForEach, string? before = null)
    {
        var first = before is null ? "" : $$"""{"id":"first","type":"delay","config":{"duration":"{{before}}"} },""";
        var edges = before is null ? "" : """{"source":"first","target":"ask"}""";
        if (inForEach)
            await SaveAsync(server, $$"""{"id":"each","type":"forEach","config":{"items":[1],"body":{"nodes":[{{first}}{{node}}],"edges":[{{edges}}]} } }""", "");
        else
            await SaveAsync(server, first + node, edges);
        return await StartAsync(server);
    }

    private static async Task SaveAsync(ServerProcess server, string nodes, string edges)
    {
        var (status, body) = await server.PostAsync("api/v1/workflows", $$"""{"id":"waits","name":"Waits","nodes":[{{nodes}}],"edges":[{{edges}}]}""");
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    private static async Task<string> StartAsync(ServerProcess server)
    {
        var (status, body) = await server.PostAsync("api/v1/workflows/waits/execute", "{}");
        Assert.True(status == HttpStatusCode.Accepted, body.ToString());
        return body.GetProperty("id").GetString()!;
    }

    private static async Task<JsonElement> WhenEndedAsync(ServerProcess server, string execution)
    {
        await UntilAsync(server, execution, "completed");
        return await server.GetAsync($"api/v1/executions/{execution}");
    }

    private static async Task UntilAsync(ServerProcess server, string execution, string expected)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while ((await server.GetAsync($"api/v1/executions/{execution}")).GetProperty("status").GetString() is var status && status != expected)
        {
            Assert.False(status is "failed" or "cancelled", status);
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }
}

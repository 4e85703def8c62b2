using Millrace.Core.Values;
using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.Callbacks;

public sealed class CallbackTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Hook = """
        {"name": "Hook", "nodes": [{"id": "hook", "type": "callback", "config": {"path": "payment"}}], "edges": []}
        """;

    // The address is known before the wait begins.
    private const string Later = """
        {"name": "Later", "nodes": [
          {"id": "start", "type": "start"},
          {"id": "tell", "type": "setVariable", "config": {"name": "url", "value": "{{ execution.links['hook'] }}"}},
          {"id": "first", "type": "waitForEvent", "config": {"name": "go"}}, {"id": "hook", "type": "callback"},
          {"id": "out", "type": "transform", "config": {"expression": "hook.output.body"}}],
         "edges": [{"source": "start", "target": "tell"}, {"source": "tell", "target": "first"}, {"source": "first", "target": "hook"}, {"source": "hook", "target": "out"}]}
        """;

    [Fact]
    public async Task A_call_of_the_address_resumes_the_node_with_the_request()
    {
        var (execution, path) = await WaitAsync(Hook);
        Assert.EndsWith("/payment", path, StringComparison.Ordinal);
        var called = await server.PostAsync(path + "?status=paid", """{"amount": 5}""", ("X-Order", "7"), ("Authorization", "Bearer hidden"));
        Assert.Equal((202, execution), (called.Status, called["executionId"].AsString()));
        var result = (await server.WhenEndedAsync(execution))["result"];
        Assert.Equal(("POST", "payment", "paid", "7", 5), (result["method"].AsString(), result["path"].AsString(), result["query"]["status"].AsString(), result["headers"]["x-order"].AsString(), result["body"]["amount"].AsInt()));
        Assert.True(result["headers"]["authorization"].IsNull);
    }

    [Fact]
    public async Task Any_method_will_do()
    {
        var (execution, path) = await WaitAsync(Hook);
        Assert.Equal(202, (await server.GetAsync(path)).Status);
        Assert.Equal("GET", (await server.WhenEndedAsync(execution))["result"]["method"].AsString());
    }

    [Fact]
    public async Task A_second_call_is_refused()
    {
        var (execution, path) = await WaitAsync(Hook);
        var calls = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => server.PostAsync(path, $$"""{"n": {{n}}}""")));
        Assert.Single(calls, call => call.Status == 202);
        Assert.All(calls.Where(call => call.Status != 202), call => Assert.Equal((409, "already_called"), (call.Status, call["code"].AsString())));
        await server.WhenEndedAsync(execution);
        Assert.Equal(409, (await server.PostAsync(path, "{}")).Status);
    }

    [Fact]
    public async Task The_same_call_again_under_its_key_gets_the_first_answer()
    {
        var (execution, path) = await WaitAsync(Hook);
        (string, string) key = ("Idempotency-Key", "delivery-1");
        var calls = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => server.PostAsync(path, """{"n": 1}""", key)));
        Assert.All(calls, call => Assert.Equal((202, execution), (call.Status, call["executionId"].AsString())));
        await server.WhenEndedAsync(execution);
        var late = await server.PostAsync(path, """{"n": 1}""", key);
        Assert.Equal((202, calls[0].Text), (late.Status, late.Text));
        Assert.Equal(409, (await server.PostAsync(path, "{}", ("Idempotency-Key", "delivery-2"))).Status);
        Assert.Equal(409, (await server.PostAsync(path, "{}")).Status);
    }

    [Fact]
    public async Task A_call_that_comes_too_late_finds_the_address_gone()
    {
        var (execution, path) = await WaitAsync(Hook);
        await server.PostAsync($"/api/v1/executions/{execution}/cancel", null);
        await server.WhenEndedAsync(execution);
        var late = await server.PostAsync(path, "{}");
        Assert.Equal((410, "gone"), (late.Status, late["code"].AsString()));
    }

    [Fact]
    public async Task After_its_timeout_the_address_is_gone_though_the_execution_goes_on()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Short", "nodes": [{"id": "hook", "type": "callback", "config": {"timeout": 20}}, {"id": "rest", "type": "waitForEvent", "config": {"name": "never"}}],
             "edges": [{"source": "hook", "target": "rest", "port": "timeout"}]}
            """);
        var execution = await server.ExecuteAsync(workflow);
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");
        var path = Questions.PathOf((await events.UntilAsync("node_waiting")).Data["data"]["details"]["url"]);
        await events.UntilAsync("node_waiting");
        Assert.Equal(410, (await server.PostAsync(path, "{}")).Status);
    }

    [Fact]
    public async Task A_call_that_comes_before_the_wait_is_kept_also_over_a_restart()
    {
        await using var own = await ServerFixture.StartAsync("--public-url", "http://localhost:1");
        var execution = await own.ExecuteAsync(await own.CreateAsync(Later));
        var path = Questions.PathOf((await own.GetAsync($"/api/v1/executions/{execution}"))["variables"]["url"]);
        Assert.Equal(202, (await own.PostAsync(path, """{"early": true}""")).Status);
        Assert.Equal(409, (await own.PostAsync(path, "{}")).Status);
        await own.RestartAsync();
        Assert.Equal(202, (await own.PostAsync($"/api/v1/executions/{execution}/signal", """{"name": "go"}""")).Status);
        Assert.Equal("""{"early":true}""", (await own.WhenEndedAsync(execution))["result"].ToJson());
    }

    [Fact]
    public async Task An_address_that_nobody_made_is_not_found()
    {
        var (_, path) = await WaitAsync(Hook);
        var token = path.Split('/')[2];
        foreach (var bad in new[] { "nothing", token[..^1], "x" + token, token + "x", ".", "a.b" })
            Assert.Equal(404, (await server.PostAsync($"/callbacks/{bad}", "{}")).Status);
        Assert.Equal(404, (await server.GetAsync("/callbacks/")).Status);
        // A link of one kind is none of the other.
        var (_, id) = await server.AskAsync(Questions.Approval);
        var link = Questions.PathOf((await server.GetAsync($"/api/v1/approvals/{id}"))["link"]);
        Assert.Equal(404, (await server.PostAsync($"/callbacks/{link[(link.IndexOf('=', StringComparison.Ordinal) + 1)..]}", "{}")).Status);
    }

    [Fact]
    public async Task A_body_that_is_not_what_it_says_is_refused_and_the_address_stays_good()
    {
        var (_, path) = await WaitAsync(Hook);
        Assert.Equal(400, (await server.PostAsync(path, "{")).Status);
        Assert.Equal(202, (await server.PostAsync(path, "{}")).Status);
    }

    [Fact]
    public async Task A_fork_has_an_address_of_its_own()
    {
        var (execution, path) = await WaitAsync(Hook);
        var fork = (await server.PostAsync($"/api/v1/executions/{execution}/fork", "{}"))["id"].AsString();
        var own = await PathOfAsync(fork);
        Assert.NotEqual(path, own);
        Assert.Equal(fork, (await server.PostAsync(own, "{}"))["executionId"].AsString());
        Assert.Equal("completed", (await server.WhenEndedAsync(fork))["status"].AsString());
        Assert.Equal(execution, (await server.PostAsync(path, "{}"))["executionId"].AsString());
    }

    [Fact]
    public async Task Callbacks_are_no_approvals()
    {
        var (execution, _) = await WaitAsync(Hook);
        Assert.Empty((await server.GetAsync($"/api/v1/approvals?execution_id={execution}")).Body.AsList());
    }

    [Fact]
    public async Task Every_item_has_an_address_of_its_own()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Each", "nodes": [{"id": "each", "type": "forEach", "config": {"items": [1, 2], "concurrency": 2, "body": {"nodes": [{"id": "hook", "type": "callback"}], "edges": []}}},
              {"id": "out", "type": "transform", "config": {"expression": "each.output.map(call, call.body)"}}], "edges": [{"source": "each", "target": "out"}]}
            """);
        var execution = await server.ExecuteAsync(workflow);
        var runs = ((IEnumerable<Value>)(await server.GetAsync($"/api/v1/executions/{execution}/nodes")).Body.AsList()).Where(run => run["nodeId"].AsString() == "hook").ToList();
        Assert.Equal(2, runs.Count);
        foreach (var run in runs)
            Assert.Equal(202, (await server.PostAsync(Questions.PathOf(run["wait"]["details"]["url"]), $"\"{run["iteration"].AsString()}\"")).Status);
        Assert.Equal("""["0","1"]""", (await server.WhenEndedAsync(execution))["result"].ToJson());
    }

    private async Task<(string Execution, string Path)> WaitAsync(string document)
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(document));
        return (execution, await PathOfAsync(execution));
    }

    private async Task<string> PathOfAsync(string execution)
    {
        var run = (await server.GetAsync($"/api/v1/executions/{execution}/nodes")).Body.AsList().ToArray().Single(run => run["nodeId"].AsString() == "hook");
        return Questions.PathOf(run["wait"]["details"]["url"]);
    }
}

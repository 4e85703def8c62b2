using Millrace.Core.Values;
using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.Executions;

public sealed class ControlTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Listener = """
        {"name": "Listener", "nodes": [
          {"id": "first", "type": "delay", "config": {"duration": "{{ input.pause }}"}},
          {"id": "paid", "type": "waitForEvent", "config": {"name": "paid"}}], "edges": [{"source": "first", "target": "paid"}]}
        """;

    [Fact]
    public async Task A_signal_is_taken_by_who_waits_for_it()
    {
        var execution = await StartAsync(0);
        Assert.Equal(202, (await SignalAsync(execution, """{"name": "other"}""")).Status);
        Assert.Equal(202, (await SignalAsync(execution, """{"name": "paid", "payload": {"amount": 5}}""")).Status);
        Assert.Equal("""{"amount":5}""", (await server.WhenEndedAsync(execution))["result"].ToJson());
    }

    [Fact]
    public async Task A_signal_that_comes_first_is_kept()
    {
        var execution = await StartAsync(2_500);
        Assert.Equal(202, (await SignalAsync(execution, """{"name": "paid", "payload": 7}""")).Status);
        Assert.Equal(7, (await server.WhenEndedAsync(execution))["result"].AsInt());
    }

    [Fact]
    public async Task A_signal_of_the_same_key_is_sent_once()
    {
        var execution = await StartAsync(3_600_000);
        foreach (var _ in new[] { 1, 2 })
            Assert.Equal(202, (await SignalAsync(execution, """{"name": "paid"}""", ("Idempotency-Key", "k"))).Status);
        await UntilAsync(execution, "signal_received");
        var journal = (await server.GetAsync($"/api/v1/executions/{execution}/journal")).Text;
        Assert.Equal(2, journal.Split("signal_received").Length);
    }

    [Theory]
    [InlineData("{}", 422)]
    [InlineData("""{"name": ""}""", 422)]
    [InlineData("""{"name": 5}""", 422)]
    [InlineData("""{"name": null}""", 422)]
    [InlineData("[]", 422)]
    [InlineData("{", 400)]
    public async Task A_bad_signal_is_refused(string body, int status) => Assert.Equal(status, (await SignalAsync(await StartAsync(0), body)).Status);

    [Fact]
    public async Task A_name_beyond_its_limit_is_refused() => Assert.Equal(422, (await SignalAsync(await StartAsync(0), $$"""{"name": "{{new string('n', 257)}}"}""")).Status);

    [Fact]
    public async Task Too_many_signals_are_refused_for_a_while()
    {
        var execution = await StartAsync(3_600_000);
        await Parallel.ForEachAsync(Enumerable.Range(0, 1_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, _) =>
            Assert.Equal(202, (await SignalAsync(execution, $$"""{"name": "paid", "payload": {{n}} }""")).Status));
        var refused = await SignalAsync(execution, """{"name": "paid"}""");
        Assert.Equal((429, "too_many_signals"), (refused.Status, refused["code"].AsString()));
        Assert.NotNull(refused.Header("Retry-After"));
    }

    [Fact]
    public async Task Nothing_can_be_said_to_what_has_ended_or_never_was()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum), """{"input": {"x": 1}}""", "?wait=30");
        foreach (var (path, body) in new[] { ("signal", """{"name": "paid"}"""), ("pause", "{}"), ("resume", "{}") })
        {
            var refused = await server.PostAsync($"/api/v1/executions/{execution}/{path}", body);
            Assert.Equal((409, "already_ended"), (refused.Status, refused["code"].AsString()));
            Assert.Equal(404, (await server.PostAsync($"/api/v1/executions/nobody/{path}", body)).Status);
        }
        Assert.Equal(404, (await server.PostAsync("/api/v1/executions/nobody/nodes/sum/resolve", """{"outcome": "retry"}""")).Status);
    }

    [Fact]
    public async Task A_paused_execution_keeps_what_comes_and_goes_on_when_resumed()
    {
        var execution = await StartAsync(0);
        var paused = await ControlAsync(execution, "pause", """{"reason": "lunch"}""");
        Assert.Equal((200, "paused"), (paused.Status, paused["status"].AsString()));
        Assert.Equal(202, (await SignalAsync(execution, """{"name": "paid", "payload": 1}""")).Status);
        var again = await ControlAsync(execution, "pause", null);
        Assert.Equal((409, "cannot_pause"), (again.Status, again["code"].AsString()));
        Assert.Equal("paused", (await server.GetAsync($"/api/v1/executions/{execution}"))["status"].AsString());
        var resumed = await ControlAsync(execution, "resume", null);
        Assert.Equal(200, resumed.Status);
        Assert.Equal("completed", (await server.WhenEndedAsync(execution))["status"].AsString());
    }

    [Fact]
    public async Task Only_what_is_paused_can_be_resumed()
    {
        var refused = await ControlAsync(await StartAsync(0), "resume", null);
        Assert.Equal((409, "not_paused"), (refused.Status, refused["code"].AsString()));
    }

    [Fact]
    public async Task A_pause_of_the_same_key_is_the_same_pause()
    {
        var execution = await StartAsync(0);
        foreach (var _ in new[] { 1, 2 })
            Assert.Equal(200, (await ControlAsync(execution, "pause", null, ("Idempotency-Key", "k"))).Status);
    }

    [Theory]
    [InlineData("""{"reason": 5}""", 422)]
    [InlineData("[]", 422)]
    [InlineData("{", 400)]
    public async Task A_bad_pause_is_refused(string body, int status) => Assert.Equal(status, (await ControlAsync(await StartAsync(0), "pause", body)).Status);

    [Theory]
    [InlineData("paid", """{"outcome": "completed"}""", 409, "not_in_doubt")]
    [InlineData("paid", """{"outcome": "maybe"}""", 422, "invalid")]
    [InlineData("paid", "{}", 422, "invalid")]
    [InlineData("nobody", """{"outcome": "retry"}""", 404, "not_found")]
    [InlineData("paid", """{"outcome": "retry", "iteration": 5}""", 422, "invalid")]
    public async Task Only_an_effect_in_doubt_can_be_settled(string node, string body, int status, string code)
    {
        var refused = await ControlAsync(await StartAsync(0), $"nodes/{node}/resolve", body);
        Assert.Equal((status, code), (refused.Status, refused["code"].AsString()));
    }

    [Fact]
    public async Task Node_runs_say_what_is_known_of_their_effect()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync("""{"name": "Effect", "nodes": [{"id": "a", "type": "noop"}, {"id": "b", "type": "log", "config": {"message": "x"}}], "edges": [{"source": "a", "target": "b"}]}"""), "{}", "?wait=30");
        var runs = (await server.GetAsync($"/api/v1/executions/{execution}/nodes")).Body.AsList().ToArray().ToDictionary(run => run["nodeId"].AsString());
        Assert.Equal("confirmed", runs["a"]["effect"].AsString());
        Assert.True(runs["b"]["effect"].IsNull);
    }

    private async Task<string> StartAsync(int pause) => await server.ExecuteAsync(await server.CreateAsync(Listener), $$"""{"input": {"pause": {{pause}} } }""");

    private Task<Answer> SignalAsync(string execution, string body, params (string Name, string Value)[] headers) => ControlAsync(execution, "signal", body, headers);

    private Task<Answer> ControlAsync(string execution, string what, string? body, params (string Name, string Value)[] headers) =>
        server.PostAsync($"/api/v1/executions/{execution}/{what}", body, headers);

    private async Task UntilAsync(string execution, string type)
    {
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");
        await events.UntilAsync(type);
    }
}

using Millrace.Core.Values;

namespace Millrace.Server.Tests.Ai;

public sealed class LlmTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Tokens_are_streamed_between_the_events_and_do_not_move_the_place_to_resume_from()
    {
        var id = await server.CreateAsync("""
            {"name": "Slow words", "nodes": [{"id": "wait", "type": "delay", "config": {"duration": 300}}, {"id": "ask", "type": "llm", "config": {"model": "mock", "prompt": "one two", "stream": true}}],
             "edges": [{"source": "wait", "target": "ask"}]}
            """);
        var execution = await server.ExecuteAsync(id);
        await using var stream = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");

        var events = await stream.ReadToEndAsync();

        var tokens = events.Where(e => e.Type is "token").ToList();
        Assert.Equal(["Mock ", "answer ", "to: ", "one ", "two"], tokens.Select(e => e.Data["data"]["text"].AsString()));
        Assert.All(tokens, e => Assert.Equal(("ask", execution), (e.Data["nodeId"].AsString(), e.Data["executionId"].AsString())));
        Assert.DoesNotContain(tokens, e => e.Data.AsMap().TryGet("seq", out _));
        Assert.True(events.FindIndex(e => e.Type is "token") > events.FindIndex(e => e.Type is "node_started" && e.Data["nodeId"].Equals("ask")));
        var journaled = events.Where(e => e.Type is not "token").ToList();
        Assert.Equal(Enumerable.Range(1, journaled.Count), journaled.Select(e => int.Parse(e.Id!)));
    }

    [Fact]
    public async Task Tokens_and_money_of_all_calls_failed_ones_included_are_summed()
    {
        var id = await server.CreateAsync("""
            {"name": "Sums", "nodes": [
              {"id": "a", "type": "llm", "config": {"model": "mock", "prompt": "12345678", "mock": {"default": "1234"}}},
              {"id": "b", "type": "llm", "retry": {"maxAttempts": 2, "delay": 1}, "config": {"model": "mock", "prompt": "12345678", "response_format": "json",
                "mock": {"replies": [{"when": "attempt == 1", "reply": "no json!"}], "default": {"ok": true}}}}],
             "edges": [{"source": "a", "target": "b"}]}
            """);

        var ended = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", "{}");

        Assert.Equal("completed", ended["status"]);
        Assert.Equal("""{"ok":true}""", ended["result"].ToJson());
        Assert.Equal("""{"money":0.0,"tokensIn":6,"tokensOut":6}""", ended["cost"].ToJson());
        var nodes = await server.GetAsync($"/api/v1/executions/{ended["id"].AsString()}/nodes");
        Assert.Equal(2, nodes.Body.AsList().Single(node => node["nodeId"].Equals("b"))["attempt"]);
    }

    [Fact]
    public async Task A_seed_s_workflow_classifies_and_routes()
    {
        var id = await server.CreateAsync("""
            {"name": "Customer Support Workflow", "nodes": [
              {"id": "start", "type": "start", "config": {}},
              {"id": "classify", "type": "llm", "config": {"model": "mock", "prompt": "Classify this customer inquiry: {{input.message}}",
                "mock": {"replies": [{"when": "prompt.contains('crash')", "reply": {"category": "technical"}}], "default": {"category": "general"}}}},
              {"id": "route", "type": "conditional", "config": {"condition": "{{classify.output.category}} == 'technical'", "true_edge": "technical_support", "false_edge": "general_support"}},
              {"id": "technical_support", "type": "addField", "config": {"field": "team", "value": "technical"}},
              {"id": "general_support", "type": "addField", "config": {"field": "team", "value": "general"}}],
             "edges": [{"source": "start", "target": "classify"}, {"source": "classify", "target": "route"}]}
            """);

        var technical = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", """{"input": {"message": "it crashes: a crash"}}""");
        var general = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", """{"input": {"message": "hello"}}""");

        Assert.Equal(("technical", "general"), (technical["result"]["team"].AsString(), general["result"]["team"].AsString()));
    }
}

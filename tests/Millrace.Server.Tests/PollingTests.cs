using Millrace.Core.Values;

namespace Millrace.Server.Tests;

public sealed class PollingTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Form = """
        {
          "id": "abc123",
          "name": "Form",
          "nodes": [
            {"id": "begin", "type": "trigger", "data": {}},
            {"id": "node_id_1", "type": "manualInput", "data": {"label": "One"}},
            {"id": "node_id_2", "type": "manualInput", "data": {"label": "Two"}},
            {"id": "both", "type": "join", "data": {}},
            {"id": "note", "type": "comment", "data": {"text": "Adds nothing"}}
          ],
          "edges": [{"source": "begin", "target": "node_id_1"}, {"source": "begin", "target": "node_id_2"}, {"source": "node_id_1", "target": "both"}, {"source": "node_id_2", "target": "both"}]
        }
        """;

    [Fact]
    public async Task A_page_starts_a_workflow_and_polls_until_it_is_done()
    {
        await server.CreateAsync(Form);
        var started = await server.PostAsync("/api/workflows/execute", """
            {"workflowId": "abc123", "inputs": {"node_id_1": "value1", "node_id_2": "value2"}, "organizationId": "org123"}
            """, ("Origin", "http://localhost:3000"));
        Assert.Equal(200, started.Status);
        Assert.Equal("http://localhost:3000", started.Header("Access-Control-Allow-Origin"));
        Assert.True(started["success"].AsBool());
        Assert.Equal("pending", started["status"].AsString());
        Assert.NotEmpty(started["message"].AsString());
        var id = started["executionId"].AsString();

        Answer polled;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        do
        {
            patience.Token.ThrowIfCancellationRequested();
            polled = await server.GetAsync($"/api/executions/{id}");
        }
        while (polled["status"].AsString() is not ("completed" or "failed"));
        Assert.Equal("completed", polled["executionStatus"].AsString());
        Assert.Equal(100, polled["progress"]["percentage"].AsInt());
        Assert.Equal(4, polled["progress"]["totalNodes"].AsInt());
        Assert.True(polled["currentNodeId"].IsNull);
        Assert.Equal(4, polled["logs"].AsList().Count);

        var logs = await server.GetAsync($"/api/executions/{id}/logs");
        Assert.Equal(id, logs["executionId"].AsString());
        var first = logs["logs"].AsList()[1];
        Assert.Equal("manualInput", first["nodeType"].AsString());
        Assert.Equal("completed", first["status"].AsString());
        Assert.True(first["duration"].TryGetInt(out _));
        Assert.EndsWith("Z", first["timestamp"].AsString());
        Assert.Single((await server.GetAsync("/api/workflows/abc123/executions")).Body.AsList());
    }

    [Fact]
    public async Task A_cancelled_execution_ends_the_poller_with_a_failure()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Patient));
        Assert.Equal("running", (await server.GetAsync($"/api/executions/{execution}"))["status"].AsString());
        await server.PostAsync($"/api/v1/executions/{execution}/cancel", null);
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");
        await events.ReadToEndAsync();
        var polled = await server.GetAsync($"/api/executions/{execution}");
        Assert.Equal("failed", polled["status"].AsString());
        Assert.Equal("cancelled", polled["executionStatus"].AsString());
    }

    [Theory]
    [InlineData("{}", 422)]
    [InlineData("""{"workflowId": 5}""", 422)]
    [InlineData("""{"workflowId": "nobody"}""", 404)]
    [InlineData("""{"workflow_id": "nobody"}""", 404)]
    [InlineData("""{"workflowId": "x", "inputs": [1]}""", 422)]
    [InlineData("nonsense", 400)]
    public async Task A_start_that_makes_no_sense_is_refused(string body, int status) =>
        Assert.Equal(status, (await server.PostAsync("/api/workflows/execute", body)).Status);

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        foreach (var path in new[] { "/api/executions/nobody", "/api/executions/nobody/logs", "/api/workflows/nobody/executions" })
            Assert.Equal(404, (await server.GetAsync(path)).Status);
    }

    [Fact]
    public async Task What_is_given_for_the_trigger_is_the_input()
    {
        var id = await server.CreateAsync("""
            {"name": "Greet", "nodes": [{"id": "trigger-1", "type": "trigger", "data": {}},
              {"id": "greet", "type": "transform", "data": {"expression": "input.name"}}],
             "edges": [{"source": "trigger-1", "target": "greet"}]}
            """);
        var started = await server.PostAsync(
            "/api/workflows/execute", $$"""{"workflowId": "{{id}}", "inputs": {"trigger-1": {"name": "Ada"} } }""");
        Assert.Equal(200, started.Status);
        var read = await server.GetAsync($"/api/v1/executions/{started["executionId"].AsString()}");
        Assert.Equal("""{"name":"Ada"}""", read["input"].ToJson());

        foreach (var (node, code) in new[] { ("greet", "no_input"), ("nobody", "unknown_node") })
        {
            var body = $$"""{"workflowId": "{{id}}", "inputs": {"{{node}}": 1} }""";
            var refused = await server.PostAsync("/api/workflows/execute", body);
            Assert.Equal((422, code), (refused.Status, refused["errors"].AsList()[0]["code"].AsString()));
        }
        var both = await server.PostAsync($"/api/v1/workflows/{id}/execute", """{"input": {"name": "Bo"}, "inputs": {"trigger-1": 1}}""");
        Assert.Equal((422, "conflicting_input"), (both.Status, both["errors"].AsList()[0]["code"].AsString()));
    }

    [Fact]
    public async Task The_key_of_a_deleted_execution_says_so()
    {
        var id = await server.CreateAsync("""{"name": "Once", "nodes": [{"id": "a", "type": "noop"}], "edges": []}""");
        var path = $"/api/v1/workflows/{id}/execute?wait=30";
        var execution = (await server.PostAsync(path, "{}", ("Idempotency-Key", "once")))["id"].AsString();
        var deleted = await server.PostAsync("/api/v1/executions/bulk", $$"""{"action": "delete", "ids": ["{{execution}}"]}""");
        Assert.Equal(200, deleted.Status);
        var again = await server.PostAsync(path, "{}", ("Idempotency-Key", "once"));
        Assert.Equal((409, "deleted"), (again.Status, again["code"].AsString()));
    }
}

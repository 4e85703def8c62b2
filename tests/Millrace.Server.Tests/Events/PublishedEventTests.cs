using Millrace.Core.Values;
using Millrace.Server.Tests.Access;
using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.Events;

public sealed class PublishedEventTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static string Event(string id, string more = "") => $$"""{"specversion": "1.0", "id": "{{id}}", "source": "/shop", "type": "com.example.order"{{more}}}""";

    private async Task<Value[]> ListAsync(string query) => [.. (IEnumerable<Value>)(await server.GetAsync("/api/v1/events?" + query)).Body.AsList()];

    [Fact]
    public async Task An_emit_node_publishes_once()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Emits", "nodes": [
              {"id": "tell", "type": "emit", "config": {"type": "com.example.{{input.what}}", "subject": "{{input.id}}-x", "data": {"id": "{{input.id}}"}}},
              {"id": "again", "type": "event", "config": {"type": "com.example.plain"}}],
             "edges": [{"source": "tell", "target": "again"}]}
            """);
        var execution = await server.ExecuteAsync(workflow, """{"input": {"what": "emitted", "id": 7}}""", "?wait=10");

        var told = Assert.Single(await ListAsync("type=com.example.emitted"));
        Assert.Equal(("1.0", $"{execution}:tell::0", $"/workflows/{workflow}", "7-x", 7), (told["specversion"].AsString(), told["id"].AsString(), told["source"].AsString(), told["subject"].AsString(), told["data"]["id"].AsInt()));
        Assert.Equal("application/json", told["datacontenttype"].AsString());
        Assert.True(told["time"].AsString().EndsWith('Z'));
        var plain = Assert.Single(await ListAsync("type=com.example.plain"));
        Assert.Equal(told["id"], plain["data"]["id"]);
        Assert.Equal("""{"id":"ID","source":"/workflows/WF","type":"com.example.plain"}""".Replace("ID", plain["id"].AsString(), StringComparison.Ordinal).Replace("WF", workflow, StringComparison.Ordinal), (await server.GetAsync($"/api/v1/executions/{execution}"))["result"].ToJson());
    }

    [Fact]
    public async Task Every_item_and_every_execution_publishes_its_own()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Emits", "nodes": [{"id": "each", "type": "forEach", "config": {"items": [1, 2, 3], "body": {"nodes": [{"id": "tell", "type": "emit", "config": {"type": "com.example.item", "data": "{{item}}"}}], "edges": []}}}], "edges": []}
            """);
        await server.ExecuteAsync(workflow, query: "?wait=10");
        await server.ExecuteAsync(workflow, query: "?wait=10");

        var events = await ListAsync("type=com.example.item");
        Assert.Equal(6, events.Select(one => one["id"].AsString()).Distinct().Count());
        Assert.Equal([1, 1, 2, 2, 3, 3], events.Select(one => one["data"].AsInt()).Order());
    }

    [Theory]
    [InlineData("application/cloudevents+json")]
    [InlineData("application/cloudevents+json; charset=utf-8")]
    [InlineData("application/json")]
    public async Task An_event_is_published_in_the_structured_form(string type)
    {
        var id = Guid.NewGuid().ToString();
        var answer = await server.PostAsync("/api/v1/events", Event(id, ", \"subject\": \"" + id + "\", \"data\": {\"a\": [1, null]}, \"traceparent\": \"00-x\""), ("Content-Type", type));
        var again = await server.PostAsync("/api/v1/events", Event(id), ("Content-Type", type));

        Assert.Equal((202, """{"accepted":1,"duplicates":0}"""), (answer.Status, answer.Body.ToJson()));
        Assert.Equal((202, """{"accepted":0,"duplicates":1}"""), (again.Status, again.Body.ToJson()));
        var listed = Assert.Single(await ListAsync("subject=" + id));
        Assert.Equal(("00-x", """{"a":[1,null]}"""), (listed["traceparent"].AsString(), listed["data"].ToJson()));
    }

    [Theory]
    [InlineData("application/cloudevents-batch+json")]
    [InlineData("application/json")]
    public async Task A_batch_is_published_whole_or_not_at_all(string type)
    {
        var id = Guid.NewGuid().ToString();
        var bad = await server.PostAsync("/api/v1/events", $"[{Event(id + 1)}, {{\"specversion\": \"1.0\", \"id\": \"x\", \"type\": 5, \"source\": \"/y\"}}]", ("Content-Type", type));
        Assert.Equal((422, "/1/type"), (bad.Status, bad["errors"].AsList()[0]["pointer"].AsString()));

        var good = await server.PostAsync("/api/v1/events", $"[{Event(id + 1)}, {Event(id + 2)}]", ("Content-Type", type));
        Assert.Equal("""{"accepted":2,"duplicates":0}""", good.Body.ToJson());
    }

    [Theory]
    [InlineData("application/json", """{"a": 1}""", "data", """{"a":1}""")]
    [InlineData("text/plain", "hello", "data", "\"hello\"")]
    [InlineData("image/png", "abc", "data_base64", "\"YWJj\"")]
    public async Task An_event_is_published_in_the_binary_form(string type, string body, string field, string value)
    {
        var id = Guid.NewGuid().ToString();
        var answer = await server.PostAsync("/api/v1/events", body, ("Content-Type", type), ("ce-specversion", "1.0"), ("ce-id", id), ("ce-source", "/shop"), ("ce-type", "com.example.binary"), ("ce-subject", id + "%20%C3%BC"));

        Assert.Equal(202, answer.Status);
        var listed = Assert.Single(await ListAsync($"subject={id}%20%C3%BC"));
        Assert.Equal((value, type), (listed[field].ToJson(), listed["datacontenttype"].AsString()));
    }

    [Theory]
    [InlineData("""{"specversion": "0.3", "id": "1", "source": "/s", "type": "t"}""", "/specversion")]
    [InlineData("""{"specversion": "1.0", "source": "/s", "type": "t"}""", "")]
    [InlineData("""{"specversion": "1.0", "id": "", "source": "/s", "type": "t"}""", "/id")]
    [InlineData("""{"specversion": "1.0", "id": "1", "source": "http://[", "type": "t"}""", "/source")]
    [InlineData("""{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "time": "yesterday"}""", "/time")]
    [InlineData("""{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "Order": 7}""", "/Order")]
    [InlineData("""{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "order": {"id": 7}}""", "/order")]
    [InlineData("""{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data": 1, "data_base64": "YQ=="}""", "/data_base64")]
    [InlineData("""{"specversion": "1.0", "id": "1", "source": "/s", "type": "t", "data_base64": "?"}""", "/data_base64")]
    [InlineData("\"event\"", "")]
    public async Task What_is_no_event_is_refused_with_the_place(string body, string pointer)
    {
        var answer = await server.PostAsync("/api/v1/events", body);

        Assert.Equal((422, pointer), (answer.Status, answer["errors"].AsList()[0]["pointer"].AsString()));
    }

    [Fact]
    public async Task What_is_too_large_or_in_another_form_is_refused()
    {
        Assert.Equal(422, (await server.PostAsync("/api/v1/events", Event("large", $", \"data\": \"{new string('x', 300_000)}\""))).Status);
        Assert.Equal(422, (await server.PostAsync("/api/v1/events", $"[{string.Join(',', Enumerable.Repeat(Event("many"), 1_001))}]")).Status);
        Assert.Equal(415, (await server.PostAsync("/api/v1/events", Event("plain"), ("Content-Type", "text/plain"))).Status);
        Assert.Equal(400, (await server.PostAsync("/api/v1/events", "{")).Status);
        Assert.Equal(400, (await server.PostAsync("/api/v1/events", "{", ("ce-specversion", "1.0"))).Status);
        Assert.Empty(await ListAsync("source=nowhere"));
    }

    [Fact]
    public async Task Lists_have_pages()
    {
        var source = "/" + Guid.NewGuid().ToString("n");
        for (var i = 0; i < 3; i++)
            await server.PostAsync("/api/v1/events", Event(i.ToString()).Replace("/shop", source, StringComparison.Ordinal));

        var first = await server.GetAsync($"/api/v1/events?source={source}&limit=2");
        var second = await server.GetAsync($"/api/v1/events?source={source}&limit=2&cursor={first.Header("X-Next-Cursor")}");

        Assert.Equal(["2", "1"], first.Body.AsList().ToArray().Select(one => one["id"].AsString()));
        Assert.Equal(["0"], second.Body.AsList().ToArray().Select(one => one["id"].AsString()));
        Assert.Null(second.Header("X-Next-Cursor"));
    }

    [Fact]
    public async Task A_tenant_sees_its_own_and_a_viewer_publishes_nothing()
    {
        await using var own = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);

        Assert.Equal(202, (await own.PostAsync("/api/v1/events", Event("a"), Tokens.Bearer("operator", "acme"))).Status);
        Assert.Equal(403, (await own.PostAsync("/api/v1/events", Event("b"), Tokens.Bearer("viewer", "acme"))).Status);
        Assert.Equal(401, (await own.PostAsync("/api/v1/events", Event("b"))).Status);
        Assert.Single((IEnumerable<Value>)(await own.GetAsync("/api/v1/events", Tokens.Bearer("viewer", "acme"))).Body.AsList());
        Assert.Empty((IEnumerable<Value>)(await own.GetAsync("/api/v1/events", Tokens.Bearer("admin", "globex"))).Body.AsList());
    }

    [Theory]
    [InlineData("""{"type": ""}""", "/nodes/0/config/type")]
    [InlineData("{}", "/nodes/0/config")]
    [InlineData("""{"type": "t", "subject": 5}""", "/nodes/0/config/subject")]
    public async Task A_bad_config_is_refused_at_save(string config, string pointer)
    {
        var answer = await server.PostAsync("/api/v1/workflows", $$"""{"name": "X", "nodes": [{"id": "e", "type": "emit", "config": {{config}}}], "edges": []}""");

        Assert.Equal((422, pointer), (answer.Status, answer["errors"].AsList()[0]["pointer"].AsString()));
    }

    [Fact]
    public async Task What_cannot_be_published_fails_the_node()
    {
        var workflow = await server.CreateAsync("""{"name": "Large", "nodes": [{"id": "e", "type": "emit", "config": {"type": "{{input.type}}"}}], "edges": []}""");

        var empty = await server.WhenEndedAsync(await server.ExecuteAsync(workflow, """{"input": {"type": ""}}"""));
        var large = await server.WhenEndedAsync(await server.ExecuteAsync(workflow, $$$"""{"input": {"type": "t", "x": "{{{new string('x', 300_000)}}}"}}"""));

        Assert.Equal(("failed", "event"), (empty["status"].AsString(), empty["errorDetail"]["type"].AsString()));
        Assert.Contains("256 KiB", large["error"].AsString());
    }
}

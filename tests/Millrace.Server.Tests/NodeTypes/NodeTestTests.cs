using Microsoft.AspNetCore.Http;
using Millrace.Core.Values;

namespace Millrace.Server.Tests.NodeTypes;

public sealed class NodeTestTests : IAsyncLifetime
{
    private const string Canary = "canary-S3CR3T-value";

    private readonly ServerFixture _server = new() { Arguments = ["--http-allowed-networks", "127.0.0.1"] };

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task<Answer> TestAsync(string type, string body) => _server.PostAsync($"/api/v1/nodes/{type}/test", body);

    [Theory]
    [InlineData("noop", """{"input": {"a": 1}}""", """{"a":1}""", null)]
    [InlineData("noop", """{"input": 1, "data": [2]}""", "[2]", null)]
    [InlineData("conditional", """{"config": {"condition": "data.x > input.y"}, "input": {"y": 1}, "data": {"x": 2}}""", null, "true")]
    [InlineData("conditional", """{"config": {"condition": "data.x > input.y"}, "input": {"y": 3}, "data": {"x": 2}}""", null, "false")]
    [InlineData("transform", """{"config": {"expression": "{'sum': data.a + data.b}"}, "data": {"a": 1, "b": 2}}""", """{"sum":3}""", null)]
    [InlineData("add_field", """{"config": {"field": "total", "value": "{{ data.price * data.count }}"}, "data": {"price": 3, "count": 2}}""", """{"price":3,"count":2,"total":6}""", null)]
    [InlineData("manualInput", """{"input": "given"}""", "\"given\"", null)]
    public async Task A_pure_node_is_run_on_what_is_given(string type, string body, string? output, string? port)
    {
        var answer = await TestAsync(type, body);
        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal("completed", answer["status"].AsString());
        if (output is not null)
            Assert.Equal(output, answer["output"].ToJson());
        Assert.Equal(port, answer["port"].TryGetString(out var chosen) ? chosen : null);
        Assert.True(answer["duration"].TryGetInt(out _));
    }

    [Fact]
    public async Task A_node_that_fails_says_so()
    {
        var answer = await TestAsync("addField", """{"config": {"field": "x", "value": "{{ data.missing }}"}, "data": {}}""");
        Assert.Equal(200, answer.Status);
        Assert.Equal("failed", answer["status"].AsString());
        Assert.Contains("missing", answer["error"]["message"].AsString());
    }

    [Fact]
    public async Task What_a_node_logs_is_shown()
    {
        var answer = await TestAsync("log", """{"config": {"message": "Hello {{ data.name }}", "level": "warn"}, "data": {"name": "Ada"}}""");
        Assert.True(answer.Status == 200, answer.Text);
        var line = Assert.Single(answer["logs"].AsList());
        Assert.Equal("Hello Ada", line["message"].AsString());
        Assert.Equal("warn", line["level"].AsString());
    }

    [Fact]
    public async Task A_node_that_waits_says_for_what_and_does_not()
    {
        var answer = await TestAsync("delay", """{"config": {"duration": "PT1H"}}""");
        Assert.Equal("waiting", answer["status"].AsString());
        Assert.Equal("delay", answer["waitsFor"]["kind"].AsString());
        Assert.True(DateTimeOffset.Parse(answer["waitsFor"]["dueAt"].AsString()) > DateTimeOffset.UtcNow.AddMinutes(50));
    }

    [Fact]
    public async Task An_http_node_calls_with_its_secrets_and_shows_none_of_them()
    {
        string? received = null;
        await using var echo = await EchoServer.StartAsync(context =>
        {
            received = context.Request.Headers["X-Key"];
            return context.Response.WriteAsJsonAsync(new { said = received, path = context.Request.Path.Value });
        });
        await _server.SendAsync(HttpMethod.Put, "/api/v1/secrets/api_key", ((Value)MapValue.Of("value", Canary)).ToJson());

        var answer = await TestAsync("http", $$$"""{"config": {"url": "{{{echo.Url}}}/{{ data.page }}", "headers": {"X-Key": "{{ secrets.api_key }}"}}, "data": {"page": "orders"}}""");

        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal("completed", answer["status"].AsString());
        Assert.Equal(Canary, received);
        Assert.Contains("/orders", answer.Text);
        Assert.EndsWith("/orders", answer["renderedConfig"]["url"].AsString());
        Assert.DoesNotContain(Canary, answer.Text);
    }

    [Fact]
    public async Task An_http_node_reaches_no_address_that_workflows_may_not_reach()
    {
        await using var guarded = await ServerFixture.StartAsync();
        var answer = await guarded.PostAsync("/api/v1/nodes/http/test", $$"""{"config": {"url": "{{guarded.Client.BaseAddress}}ping"} }""");
        Assert.Equal("failed", answer["status"].AsString());
        Assert.Contains("HTTP_ALLOWED_NETWORKS", answer["error"]["message"].AsString());
    }

    [Fact]
    public async Task A_caller_who_hangs_up_ends_the_call_that_the_node_makes()
    {
        var arrived = new TaskCompletionSource();
        var hungUp = new TaskCompletionSource();
        await using var echo = await EchoServer.StartAsync(async context =>
        {
            using var ended = context.RequestAborted.Register(hungUp.SetResult);
            arrived.SetResult();
            await hungUp.Task;
        });
        using var patience = new CancellationTokenSource();
        var body = new StringContent($$"""{"config": {"url": "{{echo.Url}}"} }""", System.Text.Encoding.UTF8, "application/json");
        var call = _server.Client.PostAsync("/api/v1/nodes/http/test", body, patience.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_model_node_answers_from_its_mock()
    {
        var answer = await TestAsync("llm", """{"config": {"model": "mock", "prompt": "Greet {{ data.name }}", "mock": {"replies": [{"reply": "Hello!"}]}}, "data": {"name": "Ada"}}""");
        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal("completed", answer["status"].AsString());
        Assert.Contains("Hello!", answer["output"].ToJson());
        Assert.Equal("Greet Ada", answer["renderedConfig"]["prompt"].AsString());
    }

    [Theory]
    [InlineData("http", "{}", "/config")]
    [InlineData("http", """{"config": {"url": 5}}""", "/config/url")]
    [InlineData("delay", """{"config": {"duration": "soon"}}""", "/config/duration")]
    [InlineData("conditional", """{"config": {"condition": "data.x >"}}""", "/config/condition")]
    [InlineData("addField", """{"config": {"field": "x", "value": "{{ 1 + }}"}}""", "/config/value")]
    [InlineData("addField", """{"config": {"field": "x", "value": "{{ secrets.key }}"}}""", "/config/value")]
    [InlineData("noop", """{"config": 5}""", "/config")]
    public async Task A_config_that_cannot_run_is_refused_with_its_place(string type, string body, string pointer)
    {
        var answer = await TestAsync(type, body);
        Assert.True(answer.Status == 422, answer.Text);
        Assert.Contains(pointer, answer["errors"].AsList().Select(error => error["pointer"].AsString()));
    }

    [Fact]
    public async Task An_unknown_type_gets_a_suggestion()
    {
        var answer = await TestAsync("conditionl", "{}");
        Assert.Equal(404, answer.Status);
        Assert.Contains("'conditional'", answer["detail"].AsString());
    }

    [Fact]
    public async Task A_comment_cannot_be_run() => Assert.Equal(422, (await TestAsync("comment", "{}")).Status);

    [Fact]
    public async Task Nothing_is_stored()
    {
        await TestAsync("noop", "{}");
        Assert.Empty((await _server.GetAsync("/api/v1/executions")).Body.AsList());
        Assert.Empty((await _server.GetAsync("/api/v1/workflows")).Body.AsList());
    }
}

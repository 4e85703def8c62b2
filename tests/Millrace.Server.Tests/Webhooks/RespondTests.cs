using Millrace.Core.Values;
using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.Webhooks;

public sealed class RespondTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static string Document(string path, string respond, string more = "", string moreEdges = "") => $$$"""
        {"name": "Answers", "nodes": [
          {"id": "hook", "type": "webhook", "config": {"path": "{{{path}}}", "responseMode": "respond"}},
          {"id": "answer", "type": "respond", "config": {{{respond}}}}{{{more}}}],
         "edges": [{"source": "hook", "target": "answer"}{{{moreEdges}}}]}
        """;

    [Fact]
    public async Task A_node_says_status_headers_and_body()
    {
        await server.CreateAsync(Document("said", """{"status": "{{ 200 + 1 }}", "headers": {"X-Order": "{{input.body.id}}", "Location": "/orders/7"}, "body": {"order": "{{input.body.id}}"}}"""));

        var answer = await server.PostAsync("/webhooks/said", """{"id": 7}""");

        Assert.Equal((201, """{"order":7}"""), (answer.Status, answer.Text));
        Assert.Equal(("7", "/orders/7", "sandbox", "nosniff"), (answer.Header("X-Order"), answer.Header("Location"), answer.Header("Content-Security-Policy"), answer.Header("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("""{"body": "<b>{{input.body.id}}</b>", "headers": {"Content-Type": "text/html"}}""", "text/html", "<b>7</b>")]
    [InlineData("""{"body": "hello"}""", "text/plain", "hello")]
    [InlineData("""{"body": "{{input.body.id}}"}""", "application/json", "7")]
    [InlineData("""{"body": false}""", "application/json", "false")]
    [InlineData("""{"body": {"a": 1}, "headers": {"content-type": "application/vnd.api+json"}}""", "application/vnd.api+json", """{"a":1}""")]
    public async Task A_body_is_sent_as_what_it_is(string respond, string type, string text)
    {
        var path = Guid.NewGuid().ToString("n");
        await server.CreateAsync(Document(path, respond));

        var answer = await server.PostAsync("/webhooks/" + path, """{"id": 7}""");

        Assert.Equal((200, type, text), (answer.Status, answer.Response.Content.Headers.ContentType!.MediaType, answer.Text));
    }

    [Fact]
    public async Task Without_a_body_it_is_what_arrives_and_204_has_none()
    {
        await server.CreateAsync(Document("arrives", "{}"));
        await server.CreateAsync(Document("none", """{"status": 204}"""));

        Assert.Equal("POST", (await server.PostAsync("/webhooks/arrives", "{}"))["method"].AsString());
        var none = await server.PostAsync("/webhooks/none", "{}");
        Assert.Equal((204, ""), (none.Status, none.Text));
    }

    [Fact]
    public async Task The_execution_goes_on_after_the_answer_and_passes_its_data_on()
    {
        await server.CreateAsync(Document(
            "early",
            """{"body": {"id": "{{execution.id}}"}}""",
            """, {"id": "later", "type": "waitForEvent", "config": {"name": "go"}}, {"id": "end", "type": "output", "config": {"value": "{{answer.output.path}} {{answer.meta.status}}"}}""",
            """, {"source": "answer", "target": "later"}, {"source": "later", "target": "end"}"""));

        var answer = await server.PostAsync("/webhooks/early", "{}");

        var id = answer["id"].AsString();
        Assert.False((await server.GetAsync($"/api/v1/executions/{id}"))["status"].Equals("completed"));
        await server.PostAsync($"/api/v1/executions/{id}/signal", """{"name": "go"}""");
        Assert.Equal("early 200", (await server.WhenEndedAsync(id))["result"].AsString());
    }

    [Fact]
    public async Task The_first_answer_counts_also_after_an_effect()
    {
        await server.CreateAsync(Document(
            "twice",
            """{"body": "second"}""",
            """, {"id": "work", "type": "noop"}, {"id": "first", "type": "respond", "config": {"body": "first"}}""",
            "").Replace("""{"source": "hook", "target": "answer"}""", """{"source": "hook", "target": "work"}, {"source": "work", "target": "first"}, {"source": "first", "target": "answer"}""", StringComparison.Ordinal));

        Assert.Equal("first", (await server.PostAsync("/webhooks/twice", "{}")).Text);
    }

    [Fact]
    public async Task The_same_call_again_gets_the_same_answer()
    {
        await server.CreateAsync(Document("again", """{"body": "{{execution.id}}"}"""));

        var first = await server.PostAsync("/webhooks/again", "{}", ("Idempotency-Key", "k"));
        var second = await server.PostAsync("/webhooks/again", "{}", ("Idempotency-Key", "k"));

        Assert.NotEmpty(first.Text);
        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task A_large_answer_is_whole()
    {
        await server.CreateAsync(Document("large", """{"body": "{{input.body.text}}"}"""));
        var text = new string('x', 600_000);

        Assert.Equal(text, (await server.PostAsync("/webhooks/large", $$"""{"text": "{{text}}"}""")).Text);
    }

    [Fact]
    public async Task Where_the_way_led_past_the_node_the_result_is_the_answer_and_a_failure_is_none_of_the_callers()
    {
        const string More = """, {"id": "else", "type": "transform", "config": {"expression": "input.body.x"}}""";
        await server.CreateAsync(Document("passed", """{"body": "no"}""", More).Replace("""{"source": "hook", "target": "answer"}""", """{"source": "hook", "target": "answer", "when": "false"}, {"source": "hook", "target": "else"}""", StringComparison.Ordinal));

        Assert.Equal("5\n", (await server.PostAsync("/webhooks/passed", """{"x": 5}""")).Text);
        var failed = await server.PostAsync("/webhooks/passed", "{}");
        Assert.Equal((500, "workflow_failed"), (failed.Status, failed["code"].AsString()));
    }

    [Theory]
    [InlineData("""{"status": 42}""", "/nodes/1/config/status", "out_of_range")]
    [InlineData("""{"status": "twohundred"}""", "/nodes/1/config/status", "wrong_type")]
    [InlineData("""{"headers": {"Set-Cookie": "a=b"}}""", "/nodes/1/config/headers/Set-Cookie", "invalid_value")]
    [InlineData("""{"headers": {"Access-Control-Allow-Origin": "*"}}""", "/nodes/1/config/headers/Access-Control-Allow-Origin", "invalid_value")]
    [InlineData("""{"headers": {"a b": "x"}}""", "/nodes/1/config/headers/a b", "invalid_value")]
    [InlineData("""{"headers": {"X-A": "a\nb"}}""", "/nodes/1/config/headers/X-A", "invalid_value")]
    [InlineData("""{"body": "{{secrets.key}}"}""", "/nodes/1/config/body", "secret_not_allowed")]
    public async Task A_bad_config_is_refused_at_save(string respond, string pointer, string code)
    {
        var answer = await server.PostAsync("/api/v1/workflows", Document("bad", respond));

        Assert.Equal(422, answer.Status);
        var error = answer["errors"].AsList()[0];
        Assert.Equal((pointer, code), (error["pointer"].AsString(), error["code"].AsString()));
    }

    [Theory]
    [InlineData("Alt-Svc")]
    [InlineData("Strict-Transport-Security")]
    [InlineData("Connection")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Clear-Site-Data")]
    [InlineData("Public-Key-Pins")]
    [InlineData("public-key-pins-report-only")]
    [InlineData("NEL")]
    [InlineData("Report-To")]
    [InlineData("Reporting-Endpoints")]
    [InlineData("Service-Worker-Allowed")]
    [InlineData("Content-Length")]
    [InlineData("Date")]
    [InlineData("server")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Upgrade")]
    [InlineData("Trailer")]
    [InlineData("Origin-Agent-Cluster")]
    [InlineData("Accept-CH")]
    [InlineData("Set-Cookie2")]
    public async Task What_holds_for_the_connection_or_for_all_of_the_server_is_not_a_workflow_s_to_set(string header)
    {
        var respond = $$$"""{"headers": {"{{{header}}}": "{{input.body.x}}"}}""";
        var answer = await server.PostAsync("/api/v1/workflows", Document("bad", respond));

        Assert.Equal(422, answer.Status);
        Assert.Equal($"/nodes/1/config/headers/{header}", answer["errors"].AsList()[0]["pointer"].AsString());
    }

    [Fact]
    public async Task Where_nothing_responds_it_is_not_saved()
    {
        var node = await server.PostAsync("/api/v1/workflows", """{"name": "X", "nodes": [{"id": "hook", "type": "webhook", "config": {"path": "x", "responseMode": "respond"}}], "edges": []}""");
        var trigger = await server.PostAsync("/api/v1/workflows", """{"name": "X", "trigger": {"type": "webhook", "config": {"path": "x", "responseMode": "respond"}}, "steps": [{"id": "out", "type": "output"}]}""");

        Assert.Equal((422, "no_respond_node", "/nodes/0/config/responseMode"), (node.Status, node["errors"].AsList()[0]["code"].AsString(), node["errors"].AsList()[0]["pointer"].AsString()));
        Assert.Equal((422, "no_respond_node", "/trigger/config/responseMode"), (trigger.Status, trigger["errors"].AsList()[0]["code"].AsString(), trigger["errors"].AsList()[0]["pointer"].AsString()));
    }

    [Theory]
    [InlineData("""{"status": "{{input.body.status}}"}""", """{"status": 99}""")]
    [InlineData("""{"headers": {"X-A": "{{input.body.header}}"}}""", "{\"header\": \"a\\r\\nSet-Cookie: b=c\"}")]
    public async Task What_data_makes_of_it_fails_the_node_and_reaches_no_caller(string respond, string body)
    {
        var path = Guid.NewGuid().ToString("n");
        await server.CreateAsync(Document(path, respond));

        var answer = await server.PostAsync("/webhooks/" + path, body);

        Assert.Equal((500, "workflow_failed"), (answer.Status, answer["code"].AsString()));
        Assert.Null(answer.Header("Set-Cookie"));
    }

    [Fact]
    public async Task A_stored_file_is_answered_as_what_it_is()
    {
        await using var own = await ServerFixture.StartAsync("--http-allowed-networks", "127.0.0.1");
        await using var images = await EchoServer.StartAsync(async context =>
        {
            context.Response.ContentType = "image/png";
            await context.Response.Body.WriteAsync(new byte[] { 137, 80, 78, 71 });
        });
        await own.CreateAsync($$$"""
            {"name": "Image", "nodes": [
              {"id": "hook", "type": "webhook", "config": {"path": "image", "responseMode": "respond"}},
              {"id": "get", "type": "http", "config": {"url": "{{{images.Url}}}", "response": "file"} },
              {"id": "answer", "type": "respond", "config": {"body": "{{get.output.body}}"} }],
             "edges": [{"source": "hook", "target": "get"}, {"source": "get", "target": "answer"}]}
            """);

        using var response = await own.Client.GetAsync("/webhooks/image", TestContext.Current.CancellationToken);

        Assert.Equal("image/png", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal([137, 80, 78, 71], await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }
}

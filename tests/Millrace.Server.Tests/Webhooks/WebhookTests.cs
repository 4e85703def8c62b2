using Millrace.Core.Values;
using Millrace.Server.Tests.Access;

namespace Millrace.Server.Tests.Webhooks;

public sealed class WebhookTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static string Document(string config, string more = "") => $$$"""
        {"name": "Hook"{{{more}}}, "nodes": [
          {"id": "hook", "type": "webhook", "config": {{{config}}}},
          {"id": "other", "type": "start"},
          {"id": "out", "type": "output", "config": {"value": "{{hook.output}}"}},
          {"id": "never", "type": "fail", "config": {"message": "the other start was taken"}}],
         "edges": [{"source": "hook", "target": "out"}, {"source": "other", "target": "never"}]}
        """;

    private static readonly HttpMethod Post = HttpMethod.Post;

    [Fact]
    public async Task A_call_begins_the_workflow_at_its_webhook_with_the_request_as_input()
    {
        await server.CreateAsync(Document("""{"path": "/orders/new/", "responseMode": "wait"}"""));

        var answer = await server.SendAsync(HttpMethod.Put, "/webhooks/orders/new?a=1&b=2&b=3", """{"id": 7}""", ("X-Signature", "s"), ("Authorization", "Bearer t"), ("Cookie", "c=1"));

        Assert.Equal(200, answer.Status);
        Assert.Equal(("PUT", "orders/new", "1", "7"), (answer["method"].AsString(), answer["path"].AsString(), answer["query"]["a"].AsString(), answer["body"]["id"].ToJson()));
        Assert.Equal("""["2","3"]""", answer["query"]["b"].ToJson());
        Assert.Equal("s", answer["headers"]["x-signature"]);
        Assert.True(answer["headers"]["authorization"].IsNull && answer["headers"]["cookie"].IsNull);
    }

    [Fact]
    public async Task Without_waiting_the_answer_is_the_id_of_the_execution()
    {
        var id = await server.CreateAsync(Document("""{"path": "quick"}"""));

        var answer = await server.PostAsync("/webhooks/quick", "{}");

        Assert.Equal(202, answer.Status);
        var execution = await server.GetAsync($"/api/v1/executions/{answer["executionId"].AsString()}");
        Assert.Equal((id, "webhook"), (execution["workflowId"].AsString(), execution["trigger"].AsString()));
    }

    [Theory]
    [InlineData("\"trigger\": {\"type\": \"webhook\", \"config\": {\"path\": \"PATH\", \"methods\": [\"POST\"], \"responseMode\": \"wait\"}}")]
    [InlineData("\"triggers\": [\"manual\", {\"type\": \"webhook\", \"path\": \"PATH\", \"methods\": [\"POST\"], \"response_mode\": \"wait\"}]")]
    [InlineData("\"id\": \"PATH\", \"trigger\": {\"type\": \"webhook\", \"methods\": [\"POST\"], \"response_mode\": \"wait\"}")]
    public async Task A_trigger_of_the_document_is_a_webhook_as_a_node_is(string trigger)
    {
        var path = Guid.NewGuid().ToString("n");
        await server.CreateAsync($$$"""{"name": "Triggered", {{{trigger.Replace("PATH", path, StringComparison.Ordinal)}}}, "steps": [{"id": "out", "type": "output", "config": {"value": "{{input.body.id}}"}}]}""");

        Assert.Equal("7\n", (await server.PostAsync($"/webhooks/{path}", """{"id": 7}""")).Text);
        Assert.Equal(405, (await server.GetAsync($"/webhooks/{path}")).Status);
    }

    [Theory]
    [InlineData("""{"type": "webhook", "config": {"path": "a b"}}""", "/trigger/config/path", "invalid_value")]
    [InlineData("""{"type": "webhook", "config": {"auth": {"type": "hmac"}}}""", "/trigger/config/auth", "invalid_value")]
    [InlineData("""{"type": "webhook", "methods": 5}""", "/trigger/methods", "wrong_type")]
    public async Task A_trigger_that_cannot_be_a_webhook_is_not_saved(string trigger, string pointer, string code)
    {
        var answer = await server.PostAsync("/api/v1/workflows", $$"""{"name": "Triggered", "trigger": {{trigger}}, "steps": [{"id": "out", "type": "output"}]}""");

        Assert.Equal(422, answer.Status);
        Assert.Equal((pointer, code), (answer["errors"].AsList()[0]["pointer"].AsString(), answer["errors"].AsList()[0]["code"].AsString()));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "a=1&b=x+y&b=%C3%BC", """{"a":"1","b":["x y","ü"]}""")]
    [InlineData("text/plain", "hello", "\"hello\"")]
    [InlineData("application/vnd.api+json", "[1]", "[1]")]
    [InlineData("application/octet-stream", "abc", """{"base64":"YWJj"}""")]
    public async Task Bodies_become_values_by_their_type(string type, string body, string value)
    {
        var path = Guid.NewGuid().ToString("n");
        await server.CreateAsync(Document($$"""{"path": "{{path}}", "responseMode": "wait"}"""));

        var answer = await server.PostAsync($"/webhooks/{path}", body, ("Content-Type", type));

        Assert.Equal(value, answer["body"].ToJson());
    }

    [Fact]
    public async Task What_cannot_be_answered_says_why()
    {
        await server.CreateAsync(Document("""{"path": "strict", "methods": ["POST", "put"]}"""));

        var unknown = await server.PostAsync("/webhooks/nothing-here", "{}");
        var method = await server.GetAsync("/webhooks/strict");
        var malformed = await server.PostAsync("/webhooks/strict", "{");
        var large = await server.PostAsync("/webhooks/strict", "\"" + new string('x', 5_000_000) + "\"");

        Assert.Equal((404, 405, 400, 413), (unknown.Status, method.Status, malformed.Status, large.Status));
        Assert.Equal("POST, PUT", method.Response.Content.Headers.Allow.Count > 0 ? string.Join(", ", method.Response.Content.Headers.Allow) : "");
        Assert.Contains("nothing-here", unknown["detail"].AsString());
    }

    [Fact]
    public async Task A_webhook_answers_while_its_workflow_is_active_and_there()
    {
        var id = await server.CreateAsync(Document("""{"path": "switched"}"""));

        Assert.Equal(202, (await server.PostAsync("/webhooks/switched", "{}")).Status);
        await server.PostAsync($"/api/v1/workflows/{id}/deactivate", null);
        Assert.Equal(404, (await server.PostAsync("/webhooks/switched", "{}")).Status);
        await server.PostAsync($"/api/v1/workflows/{id}/activate", null);
        Assert.Equal(202, (await server.PostAsync("/webhooks/switched", "{}")).Status);
        await server.SendAsync(HttpMethod.Put, $"/api/v1/workflows/{id}", Document("""{"path": "moved"}"""));
        Assert.Equal((404, 202), ((await server.PostAsync("/webhooks/switched", "{}")).Status, (await server.PostAsync("/webhooks/moved", "{}")).Status));
        await server.SendAsync(HttpMethod.Delete, $"/api/v1/workflows/{id}", null);
        Assert.Equal(404, (await server.PostAsync("/webhooks/moved", "{}")).Status);
    }

    [Fact]
    public async Task Webhooks_are_found_again_after_a_restart()
    {
        await using var own = await ServerFixture.StartAsync();
        await own.CreateAsync(Document("""{"path": "durable"}"""));

        await own.RestartAsync();

        Assert.Equal(202, (await own.PostAsync("/webhooks/durable", "{}")).Status);
    }

    [Fact]
    public async Task Each_tenant_has_its_own_paths()
    {
        await using var own = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
        await own.CreateAsync(Document("""{"path": "shared"}"""), Tokens.Bearer("editor", "globex"));

        Assert.Equal(404, (await own.PostAsync("/webhooks/shared", "{}")).Status);
        Assert.Equal(202, (await own.PostAsync("/webhooks/@globex/shared", "{}")).Status);
        Assert.Equal(404, (await own.PostAsync("/webhooks/@acme/shared", "{}")).Status);
    }

    [Fact]
    public async Task A_delivery_with_the_same_key_begins_one_execution()
    {
        await server.CreateAsync(Document("""{"path": "once"}"""));

        var first = await server.PostAsync("/webhooks/once", "{}", ("Idempotency-Key", "d1"));
        var second = await server.PostAsync("/webhooks/once", """{"other": true}""", ("Idempotency-Key", "d1"));

        Assert.Equal(first["executionId"], second["executionId"]);
    }

    [Fact]
    public async Task A_failed_workflow_answers_500_without_saying_why()
    {
        await server.CreateAsync("""
            {"name": "Fails", "nodes": [{"id": "hook", "type": "webhook", "config": {"path": "fails", "responseMode": "wait"}}, {"id": "f", "type": "fail", "config": {"message": "inner detail"}}],
             "edges": [{"source": "hook", "target": "f"}]}
            """);

        var answer = await server.PostAsync("/webhooks/fails", "{}");

        Assert.Equal((500, "workflow_failed"), (answer.Status, answer["code"].AsString()));
        Assert.DoesNotContain("inner detail", answer.Text);
    }

    [Fact]
    public async Task A_page_of_somebody_else_cannot_call()
    {
        await server.CreateAsync(Document("""{"path": "guarded"}"""));

        Assert.Equal(403, (await server.SendAsync(Post, "/webhooks/guarded", "a", ("Content-Type", "text/plain"), ("Origin", "https://evil.example"))).Status);
        Assert.Equal(202, (await server.SendAsync(Post, "/webhooks/guarded", "a", ("Content-Type", "text/plain"), ("Origin", "http://localhost:3000"))).Status);
    }

    [Theory]
    [InlineData("""{"path": "a/../b"}""", "invalid_value")]
    [InlineData("""{"path": "@tenant/x"}""", "invalid_value")]
    [InlineData("""{"path": "{{input.x}}"}""", "invalid_value")]
    [InlineData("""{"path": ""}""", "invalid_value")]
    [InlineData("""{}""", "missing_field")]
    public async Task A_bad_path_is_refused(string config, string code)
    {
        var answer = await server.PostAsync("/api/v1/workflows", Document(config));

        Assert.Equal((422, code), (answer.Status, answer["errors"].AsList()[0]["code"].AsString()));
    }

    [Fact]
    public async Task The_path_of_another_workflow_is_refused_and_its_owner_gets_the_calls()
    {
        await server.CreateAsync(Document("""{"path": "contested"}""", ", \"id\": \"b-owner\""));
        var second = await server.PostAsync("/api/v1/workflows", Document("""{"path": "contested/"}""", ", \"id\": \"a-thief\""));

        Assert.Equal((422, "webhook_taken"), (second.Status, second["errors"].AsList()[0]["code"].AsString()));
        Assert.Contains("'b-owner'", second.Text);
        var checkedOnly = await server.PostAsync("/api/v1/workflows/validate", Document("""{"path": "contested"}""", ", \"id\": \"a\""));
        Assert.False(checkedOnly["valid"].AsBool());
        Assert.Equal("webhook_taken", checkedOnly["errors"].AsList()[0]["code"].AsString());
        // What is checked before it is saved again is not its own rival.
        var own = await server.PostAsync("/api/v1/workflows/validate", Document("""{"path": "contested"}"""));
        Assert.True(own["valid"].AsBool(), own.Text);
        var answer = await server.PostAsync("/webhooks/contested", "{}");
        Assert.Equal("b-owner", (await server.GetAsync($"/api/v1/executions/{answer["executionId"].AsString()}"))["workflowId"]);
    }

    [Fact]
    public async Task Two_webhooks_of_one_workflow_on_one_path_are_warned_of()
    {
        var answer = await server.PostAsync("/api/v1/workflows", """
            {"name": "Twice", "nodes": [{"id": "a", "type": "webhook", "config": {"path": "twice"}}, {"id": "b", "type": "webhook", "config": {"path": "twice"}}], "edges": []}
            """);

        Assert.Equal(201, answer.Status);
        Assert.Contains("used twice in this workflow", answer.Text);
    }
}

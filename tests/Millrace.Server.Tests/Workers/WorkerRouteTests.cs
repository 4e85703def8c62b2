using System.Text;
using Millrace.Core.Values;
using Millrace.Server.Tests.Access;
using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.Workers;

public sealed class WorkerRouteTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Resize = """{"type": "resizeImage", "title": "Resize", "summary": "Makes an image smaller.", "configSchema": {"type": "object", "required": ["width"], "properties": {"width": {"type": "integer", "minimum": 1}, "key": {"type": "string", "x-secret": true}}}, "ports": ["small", "large"], "timeout": "PT10M", "concurrency": 50}""";

    [Fact]
    public async Task A_registered_type_is_listed_checked_at_save_and_unknown_to_other_tenants()
    {
        var registered = await RegisterAsync(server, Resize);
        Assert.Equal("""{"types":[{"type":"resizeImage","ports":["small","large"],"timeout":"PT10M","concurrency":50}]}""", registered.Body.ToJson());
        var type = await server.GetAsync("/api/v1/nodes/resize_image");
        Assert.Equal(("resizeImage", "Resize", "Makes an image smaller.", "effect", "Worker", """["small","large"]""", """["/key"]"""),
            (type["type"], type["title"], type["description"], type["kind"], type["category"], type["ports"].ToJson(), type["secretFields"].ToJson()));
        Assert.Contains(((IEnumerable<Value>)(await server.GetAsync("/api/v1/nodes")).Body.AsList()), one => one["type"].Equals("resizeImage"));

        var wrong = await server.PostAsync("/api/v1/workflows", Document("resizeImage", """{"width": "wide"}""", ""));
        Assert.Equal((422, "/nodes/1/config/width"), (wrong.Status, wrong["errors"].AsList()[0]["pointer"].AsString()));
        Assert.Equal(422, (await server.PostAsync("/api/v1/workflows", Document("resizeImage", "{}", ""))).Status);
        var port = await server.PostAsync("/api/v1/workflows", Document("resizeImage", """{"width": 1}""", ""","port":"tiny" """));
        Assert.Equal("unknown_port", port["errors"].AsList()[0]["code"].AsString());
        var secret = await server.PostAsync("/api/v1/workflows", Document("resizeImage", """{"width": 1, "note": "{{secrets.x}}"}""", ""));
        Assert.Contains("config.key", secret["errors"].AsList()[0]["message"].AsString());
        var doubt = await server.PostAsync("/api/v1/workflows", Document("resizeImage", """{"width": 1}""", "", """, "inDoubt": "ask" """));
        Assert.Equal(("unsupported", "/nodes/1/inDoubt"), (doubt["errors"].AsList()[0]["code"].AsString(), doubt["errors"].AsList()[0]["pointer"].AsString()));
        var cached = await server.PostAsync("/api/v1/workflows", Document("resizeImage", """{"width": 1}""", "", """, "cache": "k" """));
        Assert.Equal(("unsupported", "/nodes/1/cache"), (cached["errors"].AsList()[0]["code"].AsString(), cached["errors"].AsList()[0]["pointer"].AsString()));
        Assert.Equal(201, (await server.PostAsync("/api/v1/workflows", Document("resizeImage", """{"width": 1}""", ""))).Status);
        var trial = await server.PostAsync("/api/v1/nodes/resizeImage/test", """{"config": {"width": 3}, "input": {}}""");
        Assert.Equal(("waiting", "task"), (trial["status"].AsString(), trial["waitsFor"]["kind"].AsString()));
    }

    [Fact]
    public async Task An_unknown_type_says_that_a_worker_can_register_it()
    {
        var unknown = await server.PostAsync("/api/v1/workflows", Document("foldProteinsAtHome", "{}", ""));
        Assert.Equal((422, "unknown_node_type"), (unknown.Status, unknown["errors"].AsList()[0]["code"].AsString()));
        Assert.Contains("POST /api/v1/worker/register", unknown["errors"].AsList()[0]["message"].AsString());
    }

    [Theory]
    [InlineData("""{"type": "http"}""", 409, null)]
    [InlineData("""{"type": "HTTP-Request"}""", 409, null)]
    [InlineData("""{"type": "9x"}""", 422, "/types/0/type")]
    [InlineData("""{"title": "x"}""", 422, "/types/0/type")]
    [InlineData("""{"type": "x", "ports": ["a", "error"]}""", 422, "/types/0/ports/1")]
    [InlineData("""{"type": "x", "ports": "a"}""", 422, "/types/0/ports")]
    [InlineData("""{"type": "x", "timeout": "soon"}""", 422, "/types/0/timeout")]
    [InlineData("""{"type": "x", "concurrency": 0}""", 422, "/types/0/concurrency")]
    [InlineData("""{"type": "x", "configShema": {}}""", 422, "/types/0/configShema")]
    [InlineData("""{"type": "x", "configSchema": {"type": "object", "properties": {"a": {"type": "strin"}}}}""", 422, "/types/0/configSchema/properties/a/type")]
    [InlineData("""{"type": "x", "configSchema": {"type": "string"}}""", 422, "/types/0/configSchema/type")]
    [InlineData("1", 422, "/types/0")]
    public async Task What_cannot_be_registered_says_where_and_why(string type, int status, string? pointer)
    {
        var answer = await server.PostAsync("/api/v1/worker/register", $$"""{"worker": "w", "types": [{{type}}]}""");
        Assert.Equal((status, pointer), (answer.Status, pointer is null ? null : answer["errors"].AsList()[0]["pointer"].AsString()));
    }

    [Fact]
    public async Task A_task_is_done_and_its_end_may_be_said_again()
    {
        await RegisterAsync(server, """{"type": "greetAll", "ports": ["small", "large"]}""");
        var execution = await StartAsync(server, "greetAll", """{"who": "{{input.who}}"}""", """{"who": "Ada"}""");
        var task = await PollAsync(server, "greet_all");
        Assert.Equal(("greetAll", """{"who":"Ada"}""", """{"who":"Ada"}""", execution, "do", 1L), (task["type"].AsString(), task["config"].ToJson(), task["data"].ToJson(), task["executionId"].AsString(), task["nodeId"].AsString(), task["attempt"].AsInt()));
        var (id, token) = (task["id"].AsString(), task["token"].AsString());
        var beat = await server.PostAsync($"/api/v1/worker/{id}/heartbeat", $$"""{"token": "{{token}}", "progress": {"page": 1}, "lease": 90000}""");
        Assert.Equal(200, beat.Status);
        Assert.True(DateTimeOffset.Parse(beat["leaseUntil"].AsString()) > DateTimeOffset.Parse(task["leaseUntil"].AsString()));
        foreach (var (body, pointer) in new[] { ($$"""{"token": "{{token}}", "output": 1}""", "/port"), ($$"""{"token": "{{token}}", "port": "none"}""", "/port"), ("""{"output": 1}""", "/token"), ($$"""{"token": "{{token}}", "port": "small", "logs": [{"message": 1}]}""", "/logs/0") })
        {
            var refused = await server.PostAsync($"/api/v1/worker/{id}/complete", body);
            Assert.Equal((422, pointer), (refused.Status, refused["errors"].AsList()[0]["pointer"].AsString()));
        }
        Assert.Equal((409, "lease_lost"), await CodeAsync(server, id, "complete", """{"token": "other", "port": "small"}"""));
        for (var i = 0; i < 2; i++)
            Assert.Equal(200, (await server.PostAsync($"/api/v1/worker/{id}/complete", $$"""{"token": "{{token}}", "output": {"n": 1}, "port": "small"}""")).Status);
        Assert.Equal("""{"n":1}""", (await server.WhenEndedAsync(execution))["result"].ToJson());
        Assert.Equal(200, (await server.PostAsync($"/api/v1/worker/{id}/complete", $$"""{"token": "{{token}}", "output": 2, "port": "small"}""")).Status);
        Assert.Equal((410, "task_ended"), await CodeAsync(server, id, "heartbeat", $$"""{"token": "{{token}}"}"""));
        Assert.Equal((404, "not_found"), await CodeAsync(server, "x", "fail", """{"token": "t", "message": "m"}"""));
    }

    [Fact]
    public async Task The_result_of_a_handler_in_the_form_of_a_web_service_will_do()
    {
        await RegisterAsync(server, """{"type": "customNode"}""");
        var done = await StartAsync(server, "customNode", "{}", "{}");
        var task = await PollAsync(server, "customNode");
        Assert.Equal(200, (await server.PostAsync($"/api/v1/worker/{task["id"].AsString()}/complete", $$"""{"token": "{{task["token"].AsString()}}", "success": true, "message": "Custom node executed", "outputData": {"a": 1} }""")).Status);
        Assert.Equal("""{"a":1}""", (await server.WhenEndedAsync(done))["result"].ToJson());
        Assert.Contains("Custom node executed", (await server.GetAsync($"/api/v1/executions/{done}/logs")).Text);

        var failed = await StartAsync(server, "customNode", "{}", "{}");
        task = await PollAsync(server, "customNode");
        Assert.Equal(200, (await server.PostAsync($"/api/v1/worker/{task["id"].AsString()}/complete", $$"""{"token": "{{task["token"].AsString()}}", "success": false, "message": "Nothing to do it with"}""")).Status);
        Assert.Equal("Nothing to do it with", (await server.WhenEndedAsync(failed))["error"].AsString());
    }

    [Fact]
    public async Task A_failure_is_the_node_s()
    {
        await RegisterAsync(server, """{"type": "fragile"}""");
        var execution = await StartAsync(server, "fragile", "{}", "{}");
        var task = await PollAsync(server, "fragile");
        Assert.Equal(200, (await server.PostAsync($"/api/v1/worker/{task["id"].AsString()}/fail", $$"""{"token": "{{task["token"].AsString()}}", "type": "broken", "message": "It broke.", "details": {"at": 3}, "logs": [{"message": "crack"}] }""")).Status);
        var ended = await server.WhenEndedAsync(execution);
        Assert.Equal(("It broke.", "broken"), (ended["error"].AsString(), ended["errorDetail"]["type"].AsString()));
    }

    [Theory]
    [InlineData("""{"types": ["greetAll"]}""", "/worker")]
    [InlineData("""{"worker": "w"}""", "/types")]
    [InlineData("""{"worker": "w", "types": ["nobodyRegisteredThis"]}""", "/types/0")]
    [InlineData("""{"worker": "w", "types": ["polled"], "max": 101}""", "/max")]
    [InlineData("""{"worker": "w", "types": ["polled"], "waitSeconds": 61}""", "/waitSeconds")]
    [InlineData("""{"worker": "w", "types": ["polled"], "lease": 999}""", "/lease")]
    public async Task A_poll_that_cannot_be_understood_says_where(string body, string pointer)
    {
        await RegisterAsync(server, """{"type": "polled"}""");
        var answer = await server.PostAsync("/api/v1/worker/poll", body);
        Assert.Equal((422, pointer), (answer.Status, answer["errors"].AsList()[0]["pointer"].AsString()));
    }

    [Fact]
    public async Task A_cancelled_execution_s_task_is_gone_and_an_empty_poll_is_empty()
    {
        await RegisterAsync(server, """{"type": "cancelled"}""");
        var execution = await StartAsync(server, "cancelled", "{}", "{}");
        var task = await PollAsync(server, "cancelled");
        await server.PostAsync($"/api/v1/executions/{execution}/cancel", "{}");
        await server.WhenEndedAsync(execution);
        Assert.Equal((410, "task_ended"), await CodeAsync(server, task["id"].AsString(), "heartbeat", $$"""{"token": "{{task["token"].AsString()}}"}"""));
        Assert.Equal((410, "task_ended"), await CodeAsync(server, task["id"].AsString(), "complete", $$"""{"token": "{{task["token"].AsString()}}"}"""));
        Assert.Empty((await server.PostAsync("/api/v1/worker/poll", """{"worker": "w", "types": ["cancelled"], "waitSeconds": 0}""")).Body.AsList());
    }

    [Fact]
    public async Task A_server_that_is_about_to_end_lets_its_workers_go()
    {
        await using var own = await ServerFixture.StartAsync();
        await RegisterAsync(own, """{"type": "late"}""");
        var waiting = own.PostAsync("/api/v1/worker/poll", """{"worker": "w", "types": ["late"], "waitSeconds": 60}""");
        Assert.False(waiting.IsCompleted);
        own.Server.BeginDraining();
        var answer = await waiting;
        Assert.True(answer.Status == 503 || (answer.Status == 200 && answer.Body.AsList().Count == 0), answer.Text);
        Assert.Equal(503, (await own.PostAsync("/api/v1/worker/poll", """{"worker": "w", "types": ["late"]}""")).Status);
    }

    [Fact]
    public async Task What_uses_a_registered_type_runs_after_a_restart()
    {
        await using var own = await ServerFixture.StartAsync();
        await RegisterAsync(own, """{"type": "durableType"}""");
        var execution = await StartAsync(own, "durableType", "{}", "{}");
        await own.RestartAsync();
        var task = await PollAsync(own, "durableType");
        await own.RestartAsync();
        Assert.Equal(200, (await own.PostAsync($"/api/v1/worker/{task["id"].AsString()}/complete", $$"""{"token": "{{task["token"].AsString()}}", "output": 5}""")).Status);
        Assert.Equal(5L, (await own.WhenEndedAsync(execution))["result"].AsInt());
        Assert.Equal(202, (await own.PostAsync("/api/v1/workflows/durableType/execute", "{}")).Status);
    }

    [Fact]
    public async Task Tasks_are_for_editors_and_for_their_own_tenant_only()
    {
        await using var own = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
        var (acme, other) = (Tokens.Bearer("editor", "acme"), Tokens.Bearer("admin", "other"));
        Assert.Equal(403, (await own.PostAsync("/api/v1/worker/register", """{"worker": "w", "types": [{"type": "private"}]}""", Tokens.Bearer("operator", "acme"))).Status);
        Assert.Equal(200, (await own.PostAsync("/api/v1/worker/register", """{"worker": "w", "types": [{"type": "private"}]}""", acme)).Status);
        Assert.Equal(404, (await own.GetAsync("/api/v1/nodes/private", other)).Status);
        Assert.Equal(422, (await own.PostAsync("/api/v1/workflows", Document("private", "{}", ""), other)).Status);
        await own.CreateAsync(Document("private", "{}", ""), acme);
        Assert.Equal(202, (await own.PostAsync("/api/v1/workflows/private/execute", "{}", acme)).Status);
        Assert.Equal(200, (await own.PostAsync("/api/v1/worker/register", """{"worker": "w", "types": [{"type": "private"}]}""", other)).Status);
        Assert.Empty((await own.PostAsync("/api/v1/worker/poll", """{"worker": "w", "types": ["private"], "waitSeconds": 0}""", other)).Body.AsList());
        var task = (await own.PostAsync("/api/v1/worker/poll", """{"worker": "w", "types": ["private"]}""", acme)).Body.AsList()[0];
        foreach (var (verb, more) in new[] { ("heartbeat", ""), ("complete", ""), ("fail", ", \"message\": \"m\"") })
            Assert.Equal(404, (await own.PostAsync($"/api/v1/worker/{task["id"].AsString()}/{verb}", $$"""{"token": "{{task["token"].AsString()}}"{{more}} }""", other)).Status);
        Assert.Equal(200, (await own.PostAsync($"/api/v1/worker/{task["id"].AsString()}/complete", $$"""{"token": "{{task["token"].AsString()}}"}""", acme)).Status);
    }

    [Fact]
    public async Task A_secret_is_in_the_answer_to_a_poll_and_nowhere_else()
    {
        const string Canary = "w0rker-CANARY-7731";
        await using var own = await ServerFixture.StartAsync();
        await own.SendAsync(HttpMethod.Put, "/api/v1/secrets/api_key", $$"""{"value": "{{Canary}}"}""");
        await own.SendAsync(HttpMethod.Put, "/api/v1/secrets/bound", """{"value": "b0und", "hosts": ["api.example.com"]}""");
        await RegisterAsync(own, Resize);
        var execution = await StartAsync(own, "resizeImage", """{"width": 5, "key": "Key {{secrets.api_key}}"}""", "{}");
        var task = await PollAsync(own, "resizeImage");
        Assert.Equal("Key " + Canary, task["config"]["key"].AsString());
        Assert.Equal(200, (await own.PostAsync($"/api/v1/worker/{task["id"].AsString()}/heartbeat", $$"""{"token": "{{task["token"].AsString()}}", "progress": "{{Canary}}"}""")).Status);
        Assert.Equal(200, (await own.PostAsync($"/api/v1/worker/{task["id"].AsString()}/complete", $$"""{"token": "{{task["token"].AsString()}}", "port": "small", "output": "saw {{Canary}}", "logs": [{"message": "{{Canary}}"}]}""")).Status);
        Assert.Equal("saw [secret api_key]", (await own.WhenEndedAsync(execution))["result"].AsString());
        await own.PostAsync("/api/v1/workflows", Document("resizeImage", """{"width": 5, "key": "{{secrets.bound}}"}""", "").Replace("\"id\": \"resizeImage\"", "\"id\": \"bound\""));
        var bound = await own.ExecuteAsync("bound");
        Assert.Contains("may be sent to api.example.com only", (await own.WhenEndedAsync(bound))["error"].AsString());
        await own.StopAsync();
        foreach (var file in Directory.EnumerateFiles(own.DataDirectory, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(Canary, Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)));
        await own.InitializeAsync();
    }

    private static string Document(string type, string config, string edge, string node = "") => $$"""
        {"id": "{{type}}", "name": "Work", "nodes": [{"id": "start", "type": "start"}, {"id": "do", "type": "{{type}}", "config": {{config}}{{node}} }, {"id": "after", "type": "transform", "config": {"expression": "data"} }],
         "edges": [{"source": "start", "target": "do"}, {"source": "do", "target": "after"{{edge}}}]}
        """;

    private static async Task<Answer> RegisterAsync(ServerFixture server, string type)
    {
        var answer = await server.PostAsync("/api/v1/worker/register", $$"""{"worker": "tester", "types": [{{type}}]}""");
        Assert.True(answer.Status == 200, answer.Text);
        return answer;
    }

    private static async Task<string> StartAsync(ServerFixture server, string type, string config, string input)
    {
        var saved = await server.SendAsync(HttpMethod.Put, $"/api/v1/workflows/{type}", Document(type, config, ""));
        Assert.True(saved.Status is 200 or 201, saved.Text);
        return await server.ExecuteAsync(type, $$"""{"input": {{input}}}""");
    }

    private static async Task<Value> PollAsync(ServerFixture server, string type)
    {
        var answer = await server.PostAsync("/api/v1/worker/poll", $$"""{"worker": "tester", "types": ["{{type}}"], "waitSeconds": 30}""");
        Assert.True(answer.Status == 200, answer.Text);
        return Assert.Single((IEnumerable<Value>)answer.Body.AsList());
    }

    private static async Task<(int Status, string Code)> CodeAsync(ServerFixture server, string task, string verb, string body)
    {
        var answer = await server.PostAsync($"/api/v1/worker/{task}/{verb}", body);
        return (answer.Status, answer["code"].AsString());
    }
}

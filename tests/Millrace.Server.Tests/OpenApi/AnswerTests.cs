using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.OpenApi;

/// <summary>Real answers, held against what the document says of them.</summary>
public sealed class AnswerTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Api = "/api/v1";

    private readonly List<string> _deviations = [];

    [Fact]
    public async Task Workflows_answer_as_documented()
    {
        var api = await PublishedApi.ReadAsync(server);
        var created = await SendAsync(api, HttpMethod.Post, "/workflows", "", Documents.Sum);
        var id = created["id"].AsString();
        await SendAsync(api, HttpMethod.Post, "/workflows", "", Documents.Invalid);
        await SendAsync(api, HttpMethod.Post, "/workflows", "", "nonsense");
        await SendAsync(api, HttpMethod.Post, "/workflows", "?draft=true", Documents.Invalid);
        await SendAsync(api, HttpMethod.Get, "/workflows", "?limit=1");
        await SendAsync(api, HttpMethod.Get, "/workflows", "?limit=many");
        await SendAsync(api, HttpMethod.Put, "/workflows/{id}", id, Documents.Patient);
        await SendAsync(api, HttpMethod.Get, "/workflows/{id}", id);
        await SendAsync(api, HttpMethod.Get, "/workflows/{id}", "nobody");
        await SendAsync(api, HttpMethod.Get, "/workflows/{id}/versions", id);
        await SendAsync(api, HttpMethod.Get, "/workflows/{id}/versions/{version}", id + "/1");
        await SendAsync(api, HttpMethod.Get, "/workflows/{id}/versions/{version}/diff/{other}", id + "/1/2");
        await SendAsync(api, HttpMethod.Post, "/workflows/{id}/versions/{version}/restore", id + "/1");
        await SendAsync(api, HttpMethod.Post, "/workflows/validate", "", Documents.Sum);
        await SendAsync(api, HttpMethod.Post, "/workflows/validate", "", Documents.Invalid);
        await SendAsync(api, HttpMethod.Post, "/workflows/import", "", Documents.Sum);
        await SendAsync(api, HttpMethod.Get, "/workflows/{id}/export", id);
        await SendAsync(api, HttpMethod.Post, "/workflows/{id}/deactivate", id);
        await SendAsync(api, HttpMethod.Post, "/workflows/{id}/activate", id);
        await SendAsync(api, HttpMethod.Delete, "/workflows/{id}", id);
        Assert.Empty(_deviations);
    }

    [Fact]
    public async Task Integrations_answer_as_documented()
    {
        var api = await PublishedApi.ReadAsync(server);
        await SendAsync(api, HttpMethod.Post, "/integrations", "", """{"name": "crm", "baseUrl": "http://127.0.0.1:1", "auth": {"type": "bearer", "token": "{{secrets.crm}}"}, "operations": {"find": {"path": "/customers/{id}"}}, "limits": {"concurrency": 2}, "timeout": "PT5S"}""");
        await SendAsync(api, HttpMethod.Post, "/integrations", "", """{"name": "crm", "baseUrl": "http://127.0.0.1:1"}""");
        await SendAsync(api, HttpMethod.Post, "/integrations", "", """{"name": "crm", "baseUrl": "nowhere"}""");
        await SendAsync(api, HttpMethod.Get, "/integrations", "");
        await SendAsync(api, HttpMethod.Get, "/integrations/{name}", "crm");
        await SendAsync(api, HttpMethod.Get, "/integrations/{name}", "nobody");
        await SendAsync(api, HttpMethod.Put, "/integrations/{name}", "crm", """{"baseUrl": "http://127.0.0.1:1"}""");
        await SendAsync(api, HttpMethod.Post, "/integrations/{name}/test", "crm", """{"operation": "GET /x"}""");
        await SendAsync(api, HttpMethod.Post, "/integrations/{name}/test", "crm", """{"operation": "x y z"}""");
        await SendAsync(api, HttpMethod.Delete, "/integrations/{name}", "crm");
        Assert.Empty(_deviations);
    }

    [Fact]
    public async Task Executions_answer_as_documented()
    {
        var api = await PublishedApi.ReadAsync(server);
        var workflow = await server.CreateAsync(Documents.Sum);
        var ended = (await SendAsync(api, HttpMethod.Post, "/workflows/{id}/execute", workflow + "?wait=30", """{"input": {"x": 1}}"""))["id"].AsString();
        var failed = (await SendAsync(api, HttpMethod.Post, "/workflows/{id}/execute", workflow + "?wait=30", """{"input": {}}"""))["id"].AsString();
        var waiting = (await SendAsync(api, HttpMethod.Post, "/workflows/{id}/execute", await server.CreateAsync(Documents.Patient), "{}"))["id"].AsString();
        Assert.Equal("failed", (await SendAsync(api, HttpMethod.Get, "/executions/{id}", failed))["status"].AsString());
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/cancel", waiting);
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/cancel", ended);
        await SendAsync(api, HttpMethod.Get, "/workflows/{id}/executions", workflow);
        foreach (var id in new[] { ended, failed, waiting, "nobody" })
        {
            foreach (var path in new[] { "/executions/{id}", "/executions/{id}/nodes", "/executions/{id}/journal", "/executions/{id}/state", "/executions/{id}/logs", "/jobs/{id}", "/jobs/{id}/logs" })
                await SendAsync(api, HttpMethod.Get, path, id);
        }
        Assert.Empty(_deviations);
    }

    [Fact]
    public async Task Waits_answer_as_documented()
    {
        var api = await PublishedApi.ReadAsync(server);
        var (execution, id) = await server.AskAsync(Questions.Approval);
        await SendAsync(api, HttpMethod.Get, "/approvals", "?status=open");
        await SendAsync(api, HttpMethod.Get, "/approvals", "?status=odd");
        var link = Questions.PathOf((await SendAsync(api, HttpMethod.Get, "/approvals/{id}", id))["link"]);
        await SendAsync(api, HttpMethod.Get, "/approvals/{id}", "nobody");
        await SendAsync(api, HttpMethod.Get, "/executions/{id}/nodes", execution);
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/pause", execution, """{"reason": "lunch"}""");
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/pause", execution);
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/resume", execution);
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/resume", execution);
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/signal", execution, """{"name": "go"}""");
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/signal", execution, "{}");
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/nodes/{nodeId}/resolve", execution + "/ask", """{"outcome": "retry"}""");
        await SendAsync(api, HttpMethod.Post, "/executions/{id}/nodes/{nodeId}/resolve", execution + "/ask", """{"outcome": "odd"}""");
        _deviations.AddRange(api.Deviations("get", "/api/v1/approvals/{id}/answer", await server.GetAsync(link)));
        _deviations.AddRange(api.Deviations("get", "/api/v1/approvals/{id}/answer", await server.GetAsync(link + "x")));
        _deviations.AddRange(api.Deviations("post", "/api/v1/approvals/{id}/answer", await server.PostAsync(link, """{"decision": "odd"}""")));
        await SendAsync(api, HttpMethod.Post, "/approvals/{id}", id, """{"decision": "approved"}""");
        await SendAsync(api, HttpMethod.Post, "/approvals/{id}", id, """{"decision": "approved", "data": {"limit": 1}}""");
        await SendAsync(api, HttpMethod.Post, "/approvals/{id}", id, """{"decision": "rejected"}""");
        _deviations.AddRange(api.Deviations("post", "/api/v1/approvals/{id}/answer", await server.PostAsync(link, """{"decision": "rejected"}""")));
        _deviations.AddRange(api.Deviations("post", "/callbacks/{token}", await server.PostAsync("/callbacks/nothing", "{}")));
        var hook = await server.ExecuteAsync(await server.CreateAsync("""{"name": "Hook", "nodes": [{"id": "hook", "type": "callback"}], "edges": []}"""));
        var call = Questions.PathOf((await server.GetAsync($"/api/v1/executions/{hook}/nodes")).Body.AsList().ToArray().Single(run => run["nodeId"].AsString() == "hook")["wait"]["details"]["url"]);
        foreach (var _ in new[] { 1, 2 })
            _deviations.AddRange(api.Deviations("post", "/callbacks/{token}", await server.PostAsync(call, "{}")));
        Assert.Empty(_deviations);
    }

    [Fact]
    public async Task Everything_else_answers_as_documented()
    {
        var api = await PublishedApi.ReadAsync(server);
        await SendAsync(api, HttpMethod.Get, "/nodes", "");
        await SendAsync(api, HttpMethod.Get, "/nodes/{type}", "http");
        await SendAsync(api, HttpMethod.Get, "/nodes/{type}", "nobody");
        await SendAsync(api, HttpMethod.Post, "/nodes/{type}/test", "delay", """{"config": {"duration": "PT1H"}}""");
        await SendAsync(api, HttpMethod.Post, "/nodes/{type}/test", "addField", """{"config": {"field": "x", "value": "{{ input.y }}"}, "input": {}}""");
        await SendAsync(api, HttpMethod.Post, "/nodes/{type}/test", "http", "{}");
        await SendAsync(api, HttpMethod.Post, "/expressions/evaluate", "", """{"expression": "1 + 1"}""");
        await SendAsync(api, HttpMethod.Post, "/expressions/evaluate", "", """{"expression": "1 +"}""");
        await SendAsync(api, HttpMethod.Put, "/secrets/{name}", "api_key", """{"value": "hidden-value"}""");
        await SendAsync(api, HttpMethod.Get, "/secrets", "");
        await SendAsync(api, HttpMethod.Delete, "/secrets/{name}", "api_key");
        foreach (var path in new[] { "/", "/health", "/health/live", "/health/ready", "/ping", "/openapi/v1.json" })
            _deviations.AddRange(api.Deviations("get", path, await server.GetAsync(path)));
        var workflow = await server.CreateAsync(Documents.Sum);
        var started = await server.PostAsync("/api/workflows/execute", $$"""{"inputs": {}, "workflowId": "{{workflow}}" }""");
        _deviations.AddRange(api.Deviations("post", "/api/workflows/execute", started));
        foreach (var path in new[] { "/api/executions/{id}", "/api/executions/{id}/logs" })
            _deviations.AddRange(api.Deviations("get", path, await server.GetAsync(path.Replace("{id}", started["executionId"].AsString()))));
        _deviations.AddRange(api.Deviations("get", "/webhooks/{path}", await server.GetAsync("/webhooks/nowhere")));
        Assert.Empty(_deviations);
    }

    /// <summary>Calls a path whose parts in braces are filled in, in order, from <paramref name="place"/>; a query may follow.</summary>
    private async Task<Answer> SendAsync(PublishedApi api, HttpMethod method, string path, string place, string? body = null)
    {
        var question = place.IndexOf('?', StringComparison.Ordinal);
        var (values, query) = question < 0 ? (place, "") : (place[..question], place[question..]);
        var address = path;
        foreach (var value in values.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var open = address.IndexOf('{', StringComparison.Ordinal);
            address = address[..open] + value + address[(address.IndexOf('}', StringComparison.Ordinal) + 1)..];
        }
        var answer = await server.SendAsync(method, Api + address + query, body);
        _deviations.AddRange(api.Deviations(method.Method.ToLowerInvariant(), Api + path, answer));
        return answer;
    }
}

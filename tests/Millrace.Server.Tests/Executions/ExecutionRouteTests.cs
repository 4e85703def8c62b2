using Millrace.Core.Values;

namespace Millrace.Server.Tests.Executions;

public sealed class ExecutionRouteTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Path = "/api/v1/executions";

    [Fact]
    public async Task A_start_is_accepted_with_a_location_that_leads_to_the_execution()
    {
        var id = await server.CreateAsync(Documents.Sum);
        var started = await server.PostAsync($"/api/v1/workflows/{id}/execute", """{"input": {"x": 1}, "correlationId": "order-7", "priority": 3}""");
        Assert.Equal(202, started.Status);
        var location = started.Response.Headers.Location!.OriginalString;
        Assert.Equal($"{Path}/{started["id"].AsString()}", location);
        var read = await server.GetAsync(location);
        Assert.Equal("order-7", read["correlationId"].AsString());
        Assert.Equal(id, read["workflowId"].AsString());
    }

    [Fact]
    public async Task Waiting_gives_the_whole_execution()
    {
        var id = await server.CreateAsync(Documents.Sum);
        var ended = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=10", """{"input": {"x": 41}}""");
        Assert.Equal(200, ended.Status);
        Assert.Equal("completed", ended["status"].AsString());
        Assert.Equal(42, ended["result"]["y"].AsInt());
        Assert.Equal("""{"totalNodes":2,"completedNodes":2,"percentage":100}""", ended["progress"].ToJson());
        Assert.Equal("""{"money":0,"tokensIn":0,"tokensOut":0}""", ended["cost"].ToJson());
        Assert.True(ended["error"].IsNull);
        Assert.True(ended["duration"].TryGetInt(out _));
        Assert.Equal("manual", ended["trigger"].AsString());
        Assert.True(ended["currentStep"].IsNull);
        Assert.EndsWith("}\n", ended.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_whose_input_is_not_inside_input_is_told_where_to_put_it()
    {
        var id = await server.CreateAsync(Documents.Sum);
        var refused = await server.PostAsync($"/api/v1/workflows/{id}/execute", """{"x": 41}""");
        Assert.Equal(422, refused.Status);
        Assert.Contains("""{"input": {...}}""", refused["detail"].AsString());
    }

    [Fact]
    public async Task Waiting_for_a_failure_gives_the_error_as_a_sentence_and_as_an_object()
    {
        var id = await server.CreateAsync(Documents.Sum);
        var ended = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=10", """{"input": {}}""");
        Assert.Equal(200, ended.Status);
        Assert.Equal("failed", ended["status"].AsString());
        Assert.Contains("x", ended["error"].AsString());
        Assert.Equal("sum", ended["errorDetail"]["nodeId"].AsString());
        Assert.Equal(50, ended["progress"]["percentage"].AsInt());
    }

    [Fact]
    public async Task A_wait_that_is_too_short_ends_with_the_execution_still_under_way()
    {
        var id = await server.CreateAsync(Documents.Patient);
        var answer = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=0.05", "{}");
        Assert.Equal(202, answer.Status);
        Assert.Equal("waiting", answer["status"].AsString());
    }

    [Theory]
    [InlineData("input_data")]
    [InlineData("inputData")]
    [InlineData("params")]
    public async Task Other_names_for_the_input_are_understood(string name)
    {
        var id = await server.CreateAsync(Documents.Sum);
        var ended = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=10", $$"""{"{{name}}": {"x": 1}, "correlation_id": "c"}""");
        Assert.Equal(2, ended["result"]["y"].AsInt());
        Assert.Equal("c", ended["correlationId"].AsString());
    }

    [Theory]
    [InlineData("""{"version": 0}""", 422)]
    [InlineData("""{"version": "1"}""", 422)]
    [InlineData("""{"version": 99}""", 404)]
    [InlineData("""{"priority": 100000}""", 422)]
    [InlineData("""{"inputs": []}""", 422)]
    [InlineData("""{"inputs": {"nobody": 1}}""", 422)]
    [InlineData("""{"variables": 5}""", 422)]
    [InlineData("""{"correlationId": 5}""", 422)]
    [InlineData("""{"callbacks": [{"url": "http://x"}]}""", 422)]
    [InlineData("[]", 422)]
    [InlineData("{", 400)]
    [InlineData("{} {}", 400)]
    [InlineData("""{"input": "\ud800"}""", 400)]
    public async Task A_start_that_makes_no_sense_is_refused(string body, int status)
    {
        var id = await server.CreateAsync(Documents.Sum);
        var answer = await server.PostAsync($"/api/v1/workflows/{id}/execute", body);
        Assert.Equal(status, answer.Status);
        Assert.Equal("application/problem+json", answer.Response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_deeply_nested_body_is_a_bad_request()
    {
        var id = await server.CreateAsync(Documents.Sum);
        var body = "{\"input\":" + new string('[', 10_000) + new string(']', 10_000) + "}";
        Assert.Equal(400, (await server.PostAsync($"/api/v1/workflows/{id}/execute", body)).Status);
    }

    [Theory]
    [InlineData("wait=61")]
    [InlineData("wait=-1")]
    [InlineData("wait=soon")]
    [InlineData("wait=NaN")]
    public async Task A_wait_that_is_none_is_a_bad_request(string query)
    {
        var id = await server.CreateAsync(Documents.Sum);
        Assert.Equal(400, (await server.PostAsync($"/api/v1/workflows/{id}/execute?{query}", "{}")).Status);
    }

    [Fact]
    public async Task Nothing_can_be_started_of_a_workflow_that_is_not_there() =>
        Assert.Equal(404, (await server.PostAsync("/api/v1/workflows/nobody/execute", "{}")).Status);

    [Fact]
    public async Task The_same_key_starts_one_execution_whatever_the_body()
    {
        var id = await server.CreateAsync(Documents.Sum);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            server.PostAsync($"/api/v1/workflows/{id}/execute?wait=10", $$"""{"input": {"x": {{i}} } }""", ("Idempotency-Key", "once"))));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Single(answers.Select(answer => answer.Text).Distinct(StringComparer.Ordinal));
        Assert.Single((await server.GetAsync($"/api/v1/workflows/{id}/executions")).Body.AsList());
    }

    [Fact]
    public async Task The_same_body_twice_starts_two_executions()
    {
        var id = await server.CreateAsync(Documents.Sum);
        Assert.NotEqual(await server.ExecuteAsync(id), await server.ExecuteAsync(id));
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_a_bad_request()
    {
        var id = await server.CreateAsync(Documents.Sum);
        Assert.Equal(400, (await server.PostAsync($"/api/v1/workflows/{id}/execute", "{}", ("Idempotency-Key", new string('k', 300)))).Status);
    }

    [Fact]
    public async Task Executions_are_listed_by_workflow_status_correlation_and_time()
    {
        var id = await server.CreateAsync(Documents.Sum);
        for (var i = 0; i < 3; i++)
            await server.ExecuteAsync(id, $$"""{"input": {"x": 1}, "correlationId": "list-{{i}}"}""", "?wait=10");
        await server.ExecuteAsync(id, "{}", "?wait=10");
        Assert.Equal(4, (await server.GetAsync($"{Path}?workflow_id={id}")).Body.AsList().Count);
        Assert.Equal(3, (await server.GetAsync($"{Path}?workflowId={id}&status=completed")).Body.AsList().Count);
        Assert.Equal(4, (await server.GetAsync($"{Path}?workflow_id={id}&status=completed,failed")).Body.AsList().Count);
        Assert.Single((await server.GetAsync($"{Path}?correlation_id=list-1")).Body.AsList());
        Assert.Empty((await server.GetAsync($"{Path}?workflow_id={id}&from=2199-01-01T00:00:00Z")).Body.AsList());
        Assert.Equal(4, (await server.GetAsync($"/api/v1/jobs?workflow_id={id}")).Body.AsList().Count);
        Assert.Equal(2, (await server.GetAsync($"/api/v1/workflows/{id}/executions?limit=2")).Body.AsList().Count);
        Assert.Equal(400, (await server.GetAsync($"{Path}?status=done")).Status);
        Assert.Equal(400, (await server.GetAsync($"{Path}?from=yesterday")).Status);
        Assert.Equal(400, (await server.GetAsync($"{Path}?from=3.4")).Status);
        Assert.Equal(404, (await server.GetAsync("/api/v1/workflows/nobody/executions")).Status);
    }

    [Theory]
    [InlineData("/api/v1/executions?workflow_id={0}&")]
    [InlineData("/api/v1/jobs?workflow_id={0}&")]
    [InlineData("/api/v1/workflows/{0}/executions?")]
    [InlineData("/api/workflows/{0}/executions?")]
    public async Task A_list_shows_whole_executions_or_only_the_fields_that_are_asked_for(string list)
    {
        var workflow = await server.CreateAsync(Documents.Sum);
        var id = await server.ExecuteAsync(workflow, """{"input": {"x": 1}}""", "?wait=10");
        list = string.Format(System.Globalization.CultureInfo.InvariantCulture, list, workflow);

        var whole = (await server.GetAsync(list)).Body.AsList().Single();
        Assert.Equal((await server.GetAsync($"{Path}/{id}")).Body.ToJson(), whole.ToJson());
        var few = (await server.GetAsync($"{list}fields=status,id,errorDetail,workflow_id")).Body.AsList().Single();
        Assert.Equal($$"""{"id":"{{id}}","workflowId":"{{workflow}}","status":"completed","errorDetail":null}""", few.ToJson());
        Assert.Equal("""{"result":{"x":1,"y":2}}""", (await server.GetAsync($"{list}fields=result")).Body.AsList().Single().ToJson());
    }

    [Theory]
    [InlineData("fields=statsu", "Did you mean 'status'?")]
    [InlineData("fields=id,zzzzzzzzzz", "There are id, workflowId, version, status")]
    [InlineData("q=LONG", "'q' has 257 characters; at most 256 are allowed.")]
    public async Task A_list_that_makes_no_sense_is_a_bad_request(string query, string detail)
    {
        var answer = await server.GetAsync($"{Path}?{query.Replace("LONG", new string('x', 257), StringComparison.Ordinal)}");
        Assert.Equal((400, "invalid_parameter"), (answer.Status, answer["code"].AsString()));
        Assert.Contains(detail, answer["detail"].AsString());
    }

    [Fact]
    public async Task A_page_of_a_list_ends_before_its_values_are_too_much()
    {
        var workflow = await server.CreateAsync("""{"name": "Echo", "nodes": [{"id": "echo", "type": "noop"}], "edges": []}""");
        var text = new string('x', 250_000);
        var ids = new List<string>();
        for (var i = 0; i < 12; i++)
            ids.Add(await server.ExecuteAsync(workflow, $$"""{"input": {"text": "{{text}}"} }""", "?wait=10"));

        var (path, listed, lengths) = ((string?)$"/api/v1/workflows/{workflow}/executions", new List<string>(), new List<int>());
        while (path is not null)
        {
            var page = await server.GetAsync(path);
            listed.AddRange(((IEnumerable<Value>)page.Body.AsList()).Select(execution => execution["id"].AsString()));
            lengths.Add(page.Text.Length);
            path = page.Header("Link")?.Split('<', '>')[1];
        }

        ids.Reverse();
        Assert.Equal(ids, listed);
        Assert.True(lengths.Count > 1);
        Assert.All(lengths, length => Assert.InRange(length, 1, 5 * 1024 * 1024));
        var few = await server.GetAsync($"/api/v1/workflows/{workflow}/executions?fields=id");
        Assert.Equal((12, null), (few.Body.AsList().Count, few.Header("Link")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/nodes")]
    [InlineData("/journal")]
    [InlineData("/state")]
    [InlineData("/logs")]
    [InlineData("/events")]
    public async Task What_is_not_there_is_not_found(string part)
    {
        var answer = await server.GetAsync($"{Path}/nobody{part}");
        Assert.Equal(404, answer.Status);
        Assert.Equal("not_found", answer["code"].AsString());
    }

    [Fact]
    public async Task Node_runs_show_what_went_in_and_out()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum), """{"input": {"x": 1}}""", "?wait=10");
        var runs = (await server.GetAsync($"{Path}/{execution}/nodes")).Body.AsList();
        Assert.Equal(["start", "sum"], ((IEnumerable<Value>)runs).Select(run => run["nodeId"].AsString()));
        Assert.Equal("completed", runs[1]["status"].AsString());
        Assert.Equal("addField", runs[1]["type"].AsString());
        Assert.Equal(2, runs[1]["output"]["y"].AsInt());
    }

    [Fact]
    public async Task Node_runs_come_in_pages_that_the_link_header_leads_through()
    {
        const string Items = """
            {"name": "Items", "nodes": [{"id": "each", "type": "forEach", "config": {"items": "{{ input.items }}", "body": {
              "nodes": [{"id": "a", "type": "transform", "config": {"expression": "item"}}], "edges": []}}}], "edges": []}
            """;
        var input = $$$"""{"input": {"items": [{{{string.Join(',', Enumerable.Range(0, 60))}}}]}}""";
        var execution = await server.ExecuteAsync(await server.CreateAsync(Items), input, "?wait=10");

        var first = await server.GetAsync($"{Path}/{execution}/nodes");
        Assert.Equal(50, first.Body.AsList().Count);
        var rest = await server.GetAsync(first.Header("Link")!.Split('<', '>')[1]);
        Assert.Null(rest.Header("Link"));
        var items = ((IEnumerable<Value>)first.Body.AsList()).Concat(rest.Body.AsList()).Where(run => run["nodeId"].AsString() == "a");
        Assert.Equal(Enumerable.Range(0, 60), items.Select(run => (int)run["output"].AsInt()));
        Assert.Equal(62, (await server.GetAsync($"{Path}/{execution}/nodes?limit=200")).Body.AsList().Count);
        Assert.Equal(2, (await server.GetAsync($"{Path}/{execution}/nodes?page=2&page_size=60")).Body.AsList().Count);
        Assert.Equal(400, (await server.GetAsync($"{Path}/{execution}/nodes?cursor=x")).Status);
        Assert.Equal(400, (await server.GetAsync($"{Path}/{execution}/nodes?limit=201")).Status);

        var state = await server.GetAsync($"{Path}/{execution}/state?limit=3");
        Assert.Equal((3, "3"), (state["nodes"].AsList().Count, state.Header("X-Next-Cursor")));
        var past = await server.GetAsync($"{Path}/{execution}/state?at=6&cursor=2");
        Assert.Equal(["a"], ((IEnumerable<Value>)past["nodes"].AsList()).Select(run => run["nodeId"].AsString()));
        var polled = await server.GetAsync($"/api/executions/{execution}?limit=10");
        Assert.Equal((10, "10"), (polled["logs"].AsList().Count, polled.Header("X-Next-Cursor")));
        Assert.Equal(62, (await server.GetAsync($"/api/executions/{execution}/logs")).Body["logs"].AsList().Count);
    }

    [Fact]
    public async Task The_journal_is_gapless_and_can_be_read_in_parts()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum), """{"input": {"x": 1}}""", "?wait=10");
        var all = (await server.GetAsync($"{Path}/{execution}/journal")).Body.AsList();
        Assert.Equal(Enumerable.Range(1, all.Count).Select(seq => (long)seq), ((IEnumerable<Value>)all).Select(e => e["seq"].AsInt()));
        Assert.Equal("workflow_started", all[0]["type"].AsString());
        Assert.Equal("workflow_completed", all[^1]["type"].AsString());
        Assert.All((IEnumerable<Value>)all, e => Assert.Equal(execution, e["executionId"].AsString()));

        var page = await server.GetAsync($"{Path}/{execution}/journal?after=1&limit=1");
        Assert.Equal(2, page.Body.AsList().Single()["seq"].AsInt());
        Assert.Equal("2", page.Header("X-Next-Cursor"));
        var next = await server.GetAsync(page.Header("Link")!.Split('<', '>')[1]);
        Assert.Equal(3, next.Body.AsList().Single()["seq"].AsInt());
        Assert.Empty((await server.GetAsync($"{Path}/{execution}/journal?after=99")).Body.AsList());
        Assert.Equal(400, (await server.GetAsync($"{Path}/{execution}/journal?after=-1")).Status);
    }

    [Fact]
    public async Task The_state_can_be_seen_as_of_any_event()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Sum), """{"input": {"x": 1}}""", "?wait=10");
        var first = await server.GetAsync($"{Path}/{execution}/state?at=1");
        Assert.Equal("running", first["status"].AsString());
        Assert.Equal(1, first["seq"].AsInt());
        Assert.Empty(first["nodes"].AsList());
        var last = await server.GetAsync($"{Path}/{execution}/state");
        Assert.Equal("completed", last["status"].AsString());
        Assert.Equal(2, last["nodes"].AsList().Count);
        Assert.Equal(400, (await server.GetAsync($"{Path}/{execution}/state?at=x")).Status);
    }

    [Fact]
    public async Task The_log_has_lines_of_nodes_and_engine_by_level_and_node()
    {
        const string Chatty = """{"name": "Chatty", "nodes": [{"id": "say", "type": "log", "config": {"message": "hello {{ input.name }}", "level": "warn"}}], "edges": []}""";
        var execution = await server.ExecuteAsync(await server.CreateAsync(Chatty), """{"input": {"name": "Ada"}}""", "?wait=10");
        var all = (await server.GetAsync($"{Path}/{execution}/logs")).Body.AsList();
        Assert.Contains((IEnumerable<Value>)all, line => line["message"].AsString() == "hello Ada" && line["source"].AsString() == "node");
        Assert.Contains((IEnumerable<Value>)all, line => line["source"].AsString() == "engine");
        var warnings = (await server.GetAsync($"/api/v1/jobs/{execution}/logs?level=warn&node=say")).Body.AsList();
        Assert.Equal("hello Ada", warnings.Single()["message"].AsString());
        Assert.Empty((await server.GetAsync($"{Path}/{execution}/logs?node=nobody")).Body.AsList());
        Assert.Equal(400, (await server.GetAsync($"{Path}/{execution}/logs?level=loud")).Status);
    }

    [Fact]
    public async Task A_waiting_execution_can_be_cancelled_once()
    {
        var execution = await server.ExecuteAsync(await server.CreateAsync(Documents.Patient));
        var waiting = server.PostAsync($"/api/v1/jobs/{execution}/cancel", """{"reason": "no longer needed"}""");
        Assert.Equal(202, (await waiting).Status);
        await using var events = await SseReader.OpenAsync(server, $"{Path}/{execution}/events");
        var seen = await events.ReadToEndAsync();
        Assert.Equal("workflow_cancelled", seen[^1].Type);
        Assert.Equal("cancelled", (await server.GetAsync($"{Path}/{execution}"))["status"].AsString());
        Assert.Equal(409, (await server.PostAsync($"{Path}/{execution}/cancel", null)).Status);
        Assert.Equal(404, (await server.PostAsync($"{Path}/nobody/cancel", null)).Status);
        Assert.Equal(422, (await server.PostAsync($"{Path}/{execution}/cancel", """{"reason": 5}""")).Status);
    }

    [Fact]
    public async Task Hanging_up_while_waiting_cancels_nothing()
    {
        var id = await server.CreateAsync(Documents.Patient);
        using var hangUp = new CancellationTokenSource();
        using var content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        var call = server.Client.PostAsync($"/api/v1/workflows/{id}/execute?wait=60", content, hangUp.Token);
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/workflows/{id}/events?after=0");
        await events.UntilAsync("workflow_waiting");
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        var started = (await server.GetAsync($"/api/v1/workflows/{id}/executions")).Body.AsList()[0];
        Assert.Equal("waiting", started["status"].AsString());
    }
}

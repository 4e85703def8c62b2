using Millrace.Core.Values;
using Millrace.Server.Tests.Access;

namespace Millrace.Server.Tests.Approvals;

public sealed class ApprovalRouteTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Path = "/api/v1/approvals";

    [Fact]
    public async Task An_approval_shows_what_is_asked()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        var shown = await server.GetAsync($"{Path}/{id}");
        Assert.Equal(200, shown.Status);
        Assert.Equal(("approval", "open", execution, "ask", ""), (shown["kind"].AsString(), shown["status"].AsString(), shown["executionId"].AsString(), shown["nodeId"].AsString(), shown["iteration"].AsString()));
        Assert.Equal(("Refund 5?", "For <b>Bob</b>", """["ann","ada"]"""), (shown["title"].AsString(), shown["message"].AsString(), shown["assignees"].ToJson()));
        Assert.Equal("integer", shown["form"]["properties"]["limit"]["type"].AsString());
        Assert.StartsWith(server.Client.BaseAddress!.ToString(), shown["link"].AsString(), StringComparison.Ordinal);
        Assert.Equal("waiting", (await server.GetAsync($"/api/v1/executions/{execution}"))["status"].AsString());
        var run = (await server.GetAsync($"/api/v1/executions/{execution}/nodes")).Body.AsList().ToArray().Single(node => node["nodeId"].AsString() == "ask");
        Assert.Equal(("approval", "Refund 5?"), (run["wait"]["kind"].AsString(), run["wait"]["details"]["title"].AsString()));
    }

    [Fact]
    public async Task An_answer_takes_its_port_and_is_the_node_s_output()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        var answered = await server.PostAsync($"{Path}/{id}", """{"decision": "approved", "comment": "fine", "data": {"limit": 9}}""");
        Assert.Equal((200, "answered", "approved"), (answered.Status, answered["status"].AsString(), answered["decision"].AsString()));
        Assert.True(answered["link"].IsNull);
        var ended = await server.WhenEndedAsync(execution);
        Assert.Equal("""{"decision":"approved","comment":"fine","data":{"limit":9},"answeredBy":null}""", ended["result"].ToJson());
    }

    [Fact]
    public async Task A_rejection_needs_no_form()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        Assert.Equal(200, (await server.PostAsync($"{Path}/{id}", """{"decision": "rejected", "comment": "no"}""")).Status);
        Assert.Equal("refused: no", (await server.WhenEndedAsync(execution))["result"].AsString());
    }

    [Theory]
    [InlineData("""{}""", "/decision")]
    [InlineData("""{"decision": "maybe"}""", "/decision")]
    [InlineData("""{"decision": 5}""", "/decision")]
    [InlineData("""{"decision": "approved"}""", "/data/limit")]
    [InlineData("""{"decision": "approved", "data": {"limit": "much"}}""", "/data/limit")]
    [InlineData("""{"decision": "approved", "data": {"limit": 0, "reason": "whim"}}""", "/data/limit")]
    [InlineData("""{"decision": "approved", "data": {"limit": 1}, "comment": 5}""", "/comment")]
    [InlineData("""[]""", "")]
    public async Task A_bad_answer_is_refused_at_its_place_and_loses_nothing(string body, string pointer)
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        var refused = await server.PostAsync($"{Path}/{id}", body);
        Assert.Equal(422, refused.Status);
        Assert.Equal(pointer, refused["errors"].AsList()[0]["pointer"].AsString());
        Assert.Equal("open", (await server.GetAsync($"{Path}/{id}"))["status"].AsString());
        Assert.Equal(200, (await server.PostAsync($"{Path}/{id}", """{"decision": "approved", "data": {"limit": 1}}""")).Status);
        Assert.Equal("completed", (await server.WhenEndedAsync(execution))["status"].AsString());
    }

    [Theory]
    [InlineData("""{"data": {"city": "Ulm"}}""")]
    [InlineData("""{"value": {"city": "Ulm"}}""")]
    public async Task A_form_is_filled_in(string body)
    {
        var (execution, id) = await server.AskAsync(Questions.Form);
        Assert.Equal("Where to?", (await server.GetAsync($"{Path}/{id}"))["title"].AsString());
        Assert.Equal(422, (await server.PostAsync($"{Path}/{id}", """{"data": {"city": 5}}""")).Status);
        Assert.Equal(422, (await server.PostAsync($"{Path}/{id}", "{}")).Status);
        Assert.Equal(200, (await server.PostAsync($"{Path}/{id}", body)).Status);
        Assert.Equal("Ulm", (await server.WhenEndedAsync(execution))["result"].AsString());
    }

    [Fact]
    public async Task Of_many_answers_at_once_one_is_taken()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(limit => server.PostAsync($"{Path}/{id}", $$"""{"decision": "approved", "data": {"limit": {{limit}} } }""")));
        var taken = Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer != taken), answer => Assert.Equal((409, "already_answered"), (answer.Status, answer["code"].AsString())));
        Assert.Equal(taken["data"], (await server.WhenEndedAsync(execution))["result"]["data"]);
    }

    [Fact]
    public async Task The_same_key_is_the_same_answer()
    {
        var (_, id) = await server.AskAsync(Questions.Approval);
        const string Body = """{"decision": "approved", "data": {"limit": 1}}""";
        Assert.Equal(200, (await server.PostAsync($"{Path}/{id}", Body, ("Idempotency-Key", "k"))).Status);
        Assert.Equal(200, (await server.PostAsync($"{Path}/{id}", Body, ("Idempotency-Key", "k"))).Status);
        Assert.Equal(409, (await server.PostAsync($"{Path}/{id}", Body, ("Idempotency-Key", "other"))).Status);
    }

    [Fact]
    public async Task The_end_of_the_execution_closes_what_it_asked()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        await server.PostAsync($"/api/v1/executions/{execution}/cancel", null);
        await server.WhenEndedAsync(execution);
        var closed = await server.GetAsync($"{Path}/{id}");
        Assert.Equal("closed", closed["status"].AsString());
        var refused = await server.PostAsync($"{Path}/{id}", """{"decision": "rejected"}""");
        Assert.Equal((409, "no_longer_open"), (refused.Status, refused["code"].AsString()));
    }

    [Fact]
    public async Task When_its_time_is_over_an_approval_is_closed()
    {
        var workflow = await server.CreateAsync("""{"name": "Short", "nodes": [{"id": "ask", "type": "approval", "config": {"timeout": 30}}, {"id": "late", "type": "transform", "config": {"expression": "'late'"}}], "edges": [{"source": "ask", "target": "late", "port": "timeout"}]}""");
        var execution = await server.ExecuteAsync(workflow, "{}", "?wait=30");
        Assert.Equal("late", (await server.GetAsync($"/api/v1/executions/{execution}"))["result"].AsString());
        var wait = ((IEnumerable<Value>)(await server.GetAsync($"{Path}?execution_id={execution}")).Body.AsList()).Single();
        Assert.Equal("closed", wait["status"].AsString());
    }

    [Fact]
    public async Task They_are_listed_by_assignee_status_and_execution()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        Assert.Contains(id, await IdsAsync("assignee=ann&status=open"));
        Assert.DoesNotContain(id, await IdsAsync("assignee=nobody"));
        Assert.DoesNotContain(id, await IdsAsync("status=answered,closed"));
        Assert.Equal([id], await IdsAsync($"execution_id={execution}"));
        Assert.Equal(400, (await server.GetAsync($"{Path}?status=waiting")).Status);
        Assert.Equal(404, (await server.GetAsync($"{Path}/nobody")).Status);
        Assert.Equal(404, (await server.PostAsync($"{Path}/nobody", """{"decision": "approved"}""")).Status);
    }

    [Fact]
    public async Task Every_item_asks_for_itself()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Each", "nodes": [{"id": "each", "type": "forEach", "config": {"items": "{{ input }}", "concurrency": 2, "body": {
              "nodes": [{"id": "ask", "type": "approval", "config": {"title": "{{ item }}"}}, {"id": "out", "type": "transform", "config": {"expression": "item + ' ' + ask.output.decision"}}],
              "edges": [{"source": "ask", "target": "out"}]}}}], "edges": []}
            """);
        var execution = await server.ExecuteAsync(workflow, """{"input": ["a", "b"]}""");
        foreach (var item in ((IEnumerable<Value>)(await server.GetAsync($"{Path}?execution_id={execution}")).Body.AsList()).ToList())
        {
            var decision = item["title"].AsString() == "a" ? "approved" : "rejected";
            Assert.Equal(200, (await server.PostAsync($"{Path}/{item["id"].AsString()}", $$"""{"decision": "{{decision}}"}""")).Status);
        }
        Assert.Equal("""["a approved","b rejected"]""", (await server.WhenEndedAsync(execution))["result"].ToJson());
    }

    [Fact]
    public async Task What_waits_in_a_body_that_fails_is_closed_with_it()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Half", "nodes": [{"id": "each", "type": "forEach", "onError": "continue", "config": {"items": [1, 0], "concurrency": 2, "body": {
              "nodes": [
                {"id": "ask", "type": "approval", "conditions": ["item == 1"]},
                {"id": "wait", "type": "delay", "config": {"duration": "{{ item == 1 ? 'PT1H' : 'PT0.05S' }}"}}, {"id": "broken", "type": "transform", "config": {"expression": "10 / item"}}],
              "edges": [{"source": "wait", "target": "broken"}]}}}, {"id": "rest", "type": "waitForEvent", "config": {"name": "never"}}], "edges": [{"source": "each", "target": "rest"}]}
            """);
        var execution = await server.ExecuteAsync(workflow);
        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");
        while ((await events.UntilAsync("node_failed")).Data["nodeId"].AsString() is not "each")
        {
        }
        var wait = Assert.Single((IEnumerable<Value>)(await server.GetAsync($"{Path}?execution_id={execution}")).Body.AsList());
        Assert.Equal(("0", "closed"), (wait["iteration"].AsString(), wait["status"].AsString()));
    }

    [Fact]
    public async Task Only_assignees_and_administrators_may_answer_and_see_the_link()
    {
        await using var secured = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret);
        var admin = Tokens.Bearer("admin", "acme");
        var (_, id) = await secured.AskAsync(Questions.Approval, """{"input": {"amount": 5, "who": "Bob"}}""", admin);
        (string, string) Operator(string user) => As(user, "operator");
        (string, string) As(string user, string role) => Tokens.Bearer(
            $$"""{"sub":"{{user}}","tenant":"acme","role":"{{role}}",{{Tokens.Exp}}}""");
        const string Body = """{"decision": "approved", "data": {"limit": 1}}""";

        var refused = await secured.PostAsync($"{Path}/{id}", Body, Operator("eve"));
        Assert.Equal((403, "not_assigned"), (refused.Status, refused["code"].AsString()));
        Assert.Equal(403, (await secured.PostAsync($"{Path}/{id}", Body, As("ann", "viewer"))).Status);
        Assert.Equal(404, (await secured.PostAsync($"{Path}/{id}", Body, Tokens.Bearer("admin", "other"))).Status);
        Assert.Equal(404, (await secured.GetAsync($"{Path}/{id}", Tokens.Bearer("admin", "other"))).Status);
        Assert.True((await secured.GetAsync($"{Path}/{id}", Operator("eve")))["link"].IsNull);
        Assert.True((await secured.GetAsync($"{Path}/{id}", As("ann", "viewer")))["link"].IsNull);
        Assert.False((await secured.GetAsync($"{Path}/{id}", Operator("ann")))["link"].IsNull);
        Assert.Equal("ann", (await secured.PostAsync($"{Path}/{id}", Body, Operator("ann")))["answeredBy"].AsString());
    }

    private async Task<string[]> IdsAsync(string query) =>
        [.. ((IEnumerable<Value>)(await server.GetAsync($"{Path}?limit=200&{query}")).Body.AsList()).Select(wait => wait["id"].AsString())];
}

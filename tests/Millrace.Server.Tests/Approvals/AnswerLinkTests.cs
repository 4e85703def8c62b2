using Millrace.Core.Values;
using Millrace.Server.Tests.Access;

namespace Millrace.Server.Tests.Approvals;

public sealed class AnswerLinkTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly (string, string) Browser = ("Accept", "text/html,application/xhtml+xml");
    private static readonly (string, string) FormEncoded = ("Content-Type", "application/x-www-form-urlencoded");

    [Fact]
    public async Task A_link_needs_no_account()
    {
        await using var secured = await ServerFixture.StartAsync("--jwt-secret", Tokens.Secret, "--public-url", "https://flow.example.com/");
        var admin = Tokens.Bearer("admin", "acme");
        var (execution, id) = await secured.AskAsync(Questions.Approval, """{"input": {"amount": 5, "who": "Bob"}}""", admin);
        var link = (await secured.GetAsync($"/api/v1/approvals/{id}", admin))["link"].AsString();
        Assert.StartsWith($"https://flow.example.com/api/v1/approvals/{id}/answer?token=", link, StringComparison.Ordinal);
        var path = Questions.PathOf(link);
        Assert.Equal("Refund 5?", (await secured.GetAsync(path))["title"].AsString());
        var answered = await secured.PostAsync(path, """{"decision": "approved", "data": {"limit": 2}}""");
        Assert.Equal((200, "link"), (answered.Status, answered["answeredBy"].AsString()));
        Assert.Equal(409, (await secured.PostAsync(path, """{"decision": "rejected"}""")).Status);
        Assert.Equal("answered", (await secured.GetAsync(path))["status"].AsString());
        Assert.Equal("acme", (await secured.GetAsync($"/api/v1/executions/{execution}", admin)).Status == 200 ? "acme" : "");
    }

    [Fact]
    public async Task The_same_answer_again_under_its_key_gets_the_first_reply()
    {
        var path = await LinkAsync(Questions.Approval);
        (string, string) key = ("Idempotency-Key", "a-1");
        var first = await server.PostAsync(path, """{"decision": "rejected"}""", key);
        var second = await server.PostAsync(path, """{"decision": "rejected"}""", key);
        Assert.Equal((200, 200, first["answeredAt"]), (first.Status, second.Status, second["answeredAt"]));
        Assert.Equal(409, (await server.PostAsync(path, """{"decision": "rejected"}""")).Status);
    }

    [Fact]
    public async Task A_changed_link_is_good_for_nothing()
    {
        var path = await LinkAsync(Questions.Approval);
        var other = await LinkAsync(Questions.Approval);
        var swapped = other[..other.IndexOf('?', StringComparison.Ordinal)] + path[path.IndexOf('?', StringComparison.Ordinal)..];
        foreach (var bad in new[] { path[..^1], path + "x", path.Replace("token=", "token=x"), path[..path.IndexOf('?', StringComparison.Ordinal)], swapped, path[..(path.IndexOf('=', StringComparison.Ordinal) + 1)] + ".", path[..path.LastIndexOf('.')] })
        {
            Assert.Equal(404, (await server.GetAsync(bad)).Status);
            Assert.Equal(404, (await server.PostAsync(bad, """{"decision": "rejected"}""")).Status);
        }
        Assert.Equal("open", (await server.GetAsync(path))["status"].AsString());
    }

    [Fact]
    public async Task A_browser_gets_a_page_with_the_form_s_fields()
    {
        var path = await LinkAsync(Questions.Approval);
        var page = await server.GetAsync(path, Browser);
        Assert.Equal((200, "text/html"), (page.Status, page.Response.Content.Headers.ContentType!.MediaType));
        Assert.Contains("<h1>Refund 5?</h1>", page.Text);
        Assert.Contains("For &lt;b&gt;Bob&lt;/b&gt;", page.Text);
        Assert.Matches("""<label for="data.limit">Limit</label>.*<input type="number" step="any" id="data.limit" name="data.limit" required aria-describedby="data.limit-hint" """.TrimEnd(), page.Text);
        Assert.Contains("<option>goodwill</option>", page.Text);
        Assert.Contains("""<input type="checkbox" value="true" id="data.urgent" """.TrimEnd(), page.Text);
        Assert.DoesNotContain("<script", page.Text, StringComparison.OrdinalIgnoreCase);
        var policy = page.Header("Content-Security-Policy")!;
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("form-action 'self'", policy);
        Assert.Equal("same-origin", page.Header("Referrer-Policy"));
    }

    [Fact]
    public async Task What_the_page_sends_is_the_answer()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        var path = Questions.PathOf((await server.GetAsync($"/api/v1/approvals/{id}"))["link"]);
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Client.BaseAddress };
        using var form = new FormUrlEncodedContent([new("data.limit", "7"), new("data.reason", "defect"), new("data.urgent", "true"), new("comment", ""), new("decision", "approved")]);
        using var sent = await client.PostAsync(path, form, TestContext.Current.CancellationToken);
        Assert.Equal(303, (int)sent.StatusCode);
        Assert.Equal(path, sent.Headers.Location!.OriginalString);
        Assert.Contains("This was answered: approved.", (await server.GetAsync(path, Browser)).Text);
        Assert.Equal("""{"decision":"approved","comment":null,"data":{"limit":7,"reason":"defect","urgent":true},"answeredBy":"link"}""", (await server.WhenEndedAsync(execution))["result"].ToJson());
    }

    [Fact]
    public async Task What_cannot_be_taken_is_shown_again_with_what_is_wrong()
    {
        var path = await LinkAsync(Questions.Approval);
        var again = await server.PostAsync(path, "data.limit=%3Cmuch%3E&data.reason=whim&decision=approved&comment=please", FormEncoded);
        Assert.Equal((422, "text/html"), (again.Status, again.Response.Content.Headers.ContentType!.MediaType));
        Assert.Contains("role=\"alert\"", again.Text);
        Assert.Contains("aria-invalid=\"true\"", again.Text);
        Assert.Contains("&lt;much&gt;", again.Text);
        Assert.Contains(">please</textarea>", again.Text);
        Assert.Equal("open", (await server.GetAsync(path))["status"].AsString());
    }

    [Fact]
    public async Task A_rejection_by_the_page_leaves_the_form_alone()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        var path = Questions.PathOf((await server.GetAsync($"/api/v1/approvals/{id}"))["link"]);
        Assert.Equal(200, (await server.PostAsync(path, "data.limit=&data.reason=&comment=no&decision=rejected", FormEncoded)).Status);
        Assert.Equal("refused: no", (await server.WhenEndedAsync(execution))["result"].AsString());
    }

    [Fact]
    public async Task A_manual_input_has_a_page_too()
    {
        var (execution, id) = await server.AskAsync(Questions.Form);
        var path = Questions.PathOf((await server.GetAsync($"/api/v1/approvals/{id}"))["link"]);
        Assert.Contains("<button>Send</button>", (await server.GetAsync(path, Browser)).Text);
        Assert.Contains("This was answered", (await server.PostAsync(path, "data.city=Ulm", FormEncoded, Browser)).Text);
        Assert.Equal("Ulm", (await server.WhenEndedAsync(execution))["result"].AsString());
    }

    [Fact]
    public async Task After_the_end_the_page_says_so()
    {
        var (execution, id) = await server.AskAsync(Questions.Approval);
        var path = Questions.PathOf((await server.GetAsync($"/api/v1/approvals/{id}"))["link"]);
        await server.PostAsync($"/api/v1/executions/{execution}/cancel", null);
        await server.WhenEndedAsync(execution);
        Assert.Contains("can no longer be answered", (await server.GetAsync(path, Browser)).Text);
        Assert.Equal(409, (await server.PostAsync(path, "decision=rejected", FormEncoded)).Status);
    }

    [Fact]
    public async Task A_link_from_an_expression_is_good_as_soon_as_the_question_is_put()
    {
        var workflow = await server.CreateAsync("""
            {"name": "Mail", "nodes": [
              {"id": "start", "type": "start"},
              {"id": "mail", "type": "setVariable", "config": {"name": "link", "value": "{{ execution.links['ask'] }}"}},
              {"id": "first", "type": "waitForEvent", "config": {"name": "go"}}, {"id": "ask", "type": "approval"}],
             "edges": [{"source": "start", "target": "mail"}, {"source": "mail", "target": "first"}, {"source": "first", "target": "ask"}]}
            """);
        var execution = await server.ExecuteAsync(workflow);
        var path = Questions.PathOf((await server.GetAsync($"/api/v1/executions/{execution}"))["variables"]["link"]);
        var early = await server.PostAsync(path, """{"decision": "approved"}""");
        Assert.Equal((409, "not_yet_open"), (early.Status, early["code"].AsString()));
        Assert.Equal(409, (await server.GetAsync(path, Browser)).Status);

        await using var events = await SseReader.OpenAsync(server, $"/api/v1/executions/{execution}/events");
        Assert.Equal(202, (await server.PostAsync($"/api/v1/executions/{execution}/signal", """{"name": "go"}""")).Status);
        while ((await events.UntilAsync("node_waiting")).Data["nodeId"].AsString() is not "ask")
        {
        }
        Assert.Equal(200, (await server.PostAsync(path, """{"decision": "approved"}""")).Status);
        Assert.Equal("completed", (await server.WhenEndedAsync(execution))["status"].AsString());
    }

    [Theory]
    [InlineData("text/plain", "decision=approved", 415)]
    [InlineData("application/json", "{", 400)]
    [InlineData("application/json", "[]", 422)]
    [InlineData("application/json", """{"decision": "perhaps"}""", 422)]
    public async Task Other_bodies_are_refused(string type, string body, int status) =>
        Assert.Equal(status, (await server.PostAsync(await LinkAsync(Questions.Approval), body, ("Content-Type", type))).Status);

    [Fact]
    public async Task A_link_outlives_a_restart()
    {
        await using var own = await ServerFixture.StartAsync("--public-url", "http://localhost:1");
        var (_, id) = await own.AskAsync(Questions.Approval);
        var path = Questions.PathOf((await own.GetAsync($"/api/v1/approvals/{id}"))["link"]);
        await own.RestartAsync();
        Assert.Equal(200, (await own.PostAsync(path, """{"decision": "rejected", "comment": "no"}""")).Status);
    }

    private async Task<string> LinkAsync(string document)
    {
        var (_, id) = await server.AskAsync(document);
        return Questions.PathOf((await server.GetAsync($"/api/v1/approvals/{id}"))["link"]);
    }
}

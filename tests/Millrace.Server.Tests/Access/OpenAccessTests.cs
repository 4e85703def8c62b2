using Millrace.Core.Values;
using Millrace.Server.Tests.Approvals;

namespace Millrace.Server.Tests.Access;

public sealed class OpenAccessTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Path = "/api/v1/workflows";

    [Theory]
    [InlineData("localhost:8001", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.1.2.3:80", 200)]
    [InlineData("[::1]:8001", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("192.168.1.1", 403)]
    public async Task Only_this_machine_s_names_are_answered(string host, int status) =>
        Assert.Equal(status, (await server.GetAsync(Path, ("Host", host))).Status);

    [Theory]
    [InlineData("http://localhost:3000", 201)]
    [InlineData("http://127.0.0.1:5173", 201)]
    [InlineData("https://evil.example", 403)]
    [InlineData("http://localhost.evil.example", 403)]
    [InlineData("null", 403)]
    public async Task Pages_of_other_origins_may_not_call(string origin, int status)
    {
        var answer = await server.PostAsync(Path, Documents.Sum, ("Origin", origin));
        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 201 ? origin : null, answer.Header("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task No_route_answers_a_page_of_another_site(string name, string value)
    {
        var answered = new List<string>();
        foreach (var call in EveryRoute.CallsOf(server))
        {
            var status = (await server.SendAsync(call.Method, call.Path, null, (name, value))).Status;
            if (status != 403)
                answered.Add($"{call.Method} {call.Path}: {status}");
        }
        Assert.Empty(answered);
    }

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task No_page_of_another_site_starts_a_webhook_or_calls_back(string name, string value)
    {
        var path = Guid.NewGuid().ToString("n");
        var hook = await server.CreateAsync(Hook(path));
        var execution = await server.ExecuteAsync(await server.CreateAsync("""
            {"name": "Called", "nodes": [{"id": "hook", "type": "callback"}], "edges": []}
            """));
        var runs = (await server.GetAsync($"/api/v1/executions/{execution}/nodes")).Body.AsList();
        var callback = Questions.PathOf(((IEnumerable<Value>)runs).Single(run => run["nodeId"].Equals("hook"))["wait"]["details"]["url"]);

        foreach (var address in new[] { $"/webhooks/{path}", callback })
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
                Assert.Equal(403, (await server.SendAsync(method, address, null, (name, value))).Status);
            // The browser follows a link of the other site.
            Assert.Equal(403, (await server.GetAsync(address, [(name, value), .. FollowedLink])).Status);
        }

        Assert.Empty((await server.GetAsync($"/api/v1/workflows/{hook}/executions")).Body.AsList());
        Assert.Equal(202, (await server.GetAsync(callback, ("Sec-Fetch-Site", "none"))).Status);
        Assert.Equal(200, (await server.GetAsync($"/webhooks/{path}", ("Sec-Fetch-Site", "same-origin"))).Status);
    }

    [Fact]
    public async Task A_webhook_that_authenticates_its_callers_takes_them_by_any_name_but_not_from_other_sites()
    {
        await server.CreateAsync(Hook("proven", """, "auth": {"type": "header", "name": "X-Key", "value": "{{secrets.hook_key}}"}"""));
        await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/hook_key", """{"value": "correct-horse"}""");
        (string, string) key = ("X-Key", "correct-horse");

        Assert.Equal(200, (await server.GetAsync("/webhooks/proven", ("Host", "tunnel.example"), key)).Status);
        Assert.Equal(401, (await server.GetAsync("/webhooks/proven", ("Host", "tunnel.example"))).Status);
        Assert.Equal(403, (await server.GetAsync("/webhooks/proven", ("Sec-Fetch-Site", "cross-site"), key)).Status);
    }

    [Fact]
    public async Task A_link_on_another_site_may_be_followed_to_what_only_shows()
    {
        Assert.Equal(200, (await server.GetAsync("/docs/api", [("Sec-Fetch-Site", "cross-site"), .. FollowedLink])).Status);
        Assert.Equal(200, (await server.GetAsync(Path, ("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost:3000"))).Status);
        (string, string)[] frame = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")];
        Assert.Equal(403, (await server.GetAsync("/docs/api", [("Sec-Fetch-Site", "cross-site"), .. frame])).Status);
        Assert.Equal(403, (await server.PostAsync(Path, Documents.Sum, [("Sec-Fetch-Site", "cross-site"), .. FollowedLink])).Status);
    }

    [Fact]
    public async Task Links_are_answered_under_the_server_s_own_name_and_nothing_else_is()
    {
        await using var own = await ServerFixture.StartAsync("--public-url", "https://millrace.example");
        var (_, id) = await own.AskAsync(Questions.Approval);
        var link = Questions.PathOf((await own.GetAsync($"/api/v1/approvals/{id}"))["link"]);

        Assert.Equal(200, (await own.GetAsync(link, ("Host", "millrace.example"))).Status);
        Assert.Equal(403, (await own.GetAsync(link, ("Host", "evil.example"))).Status);
        Assert.Equal(200, (await own.GetAsync(link, [("Sec-Fetch-Site", "cross-site"), .. FollowedLink])).Status);
        (string, string) form = ("Content-Type", "application/x-www-form-urlencoded");
        Assert.Equal(403, (await own.PostAsync(link, "decision=rejected", form, ("Origin", "null"))).Status);
        (string, string)[] page = [form, ("Origin", "null"), ("Sec-Fetch-Site", "same-origin")];
        Assert.Equal(422, (await own.PostAsync(link, "decision=maybe", page)).Status);
        Assert.Equal(404, (await own.GetAsync("/callbacks/nobody", ("Host", "millrace.example"))).Status);
        Assert.Equal(403, (await own.GetAsync("/webhooks/nobody", ("Host", "millrace.example"))).Status);
        Assert.Equal(403, (await own.GetAsync(Path, ("Host", "millrace.example"))).Status);
    }

    private static readonly (string, string)[] FollowedLink = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];

    private static string Hook(string path, string more = "") => $$$"""
        {"name": "Hook", "nodes": [
          {"id": "hook", "type": "webhook", "config": {"path": "{{{path}}}", "responseMode": "wait"{{{more}}}}},
          {"id": "out", "type": "output", "config": {"value": "done"}}],
         "edges": [{"source": "hook", "target": "out"}]}
        """;

    [Theory]
    [InlineData("application/json", 201)]
    [InlineData("application/json; charset=utf-8", 201)]
    [InlineData("application/yaml", 201)]
    [InlineData("text/plain", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    [InlineData("text/json", 415)]
    public async Task Writes_are_json_or_yaml(string contentType, int status) =>
        Assert.Equal(status, (await server.PostAsync(Path, Documents.Sum, ("Content-Type", contentType))).Status);

    [Fact]
    public async Task A_write_without_a_body_cannot_pretend_to_be_a_form()
    {
        Assert.Equal(415, (await server.PostAsync(Path + "/any/execute", "", ("Content-Type", "text/plain"))).Status);
        Assert.Equal(415, (await server.PostAsync(Path + "/any/execute", "x=1", ("Content-Type", "application/x-www-form-urlencoded"))).Status);
        Assert.Equal(404, (await server.PostAsync(Path + "/any/execute", null)).Status);
    }

    [Fact]
    public async Task A_yaml_body_is_no_start()
    {
        var id = await server.CreateAsync(Documents.Sum);
        Assert.Equal(415, (await server.PostAsync($"{Path}/{id}/execute", "input: 1", ("Content-Type", "application/yaml"))).Status);
    }

    [Theory]
    [InlineData("http://localhost:3000", "http://localhost:3000")]
    [InlineData("https://evil.example", null)]
    public async Task A_preflight_is_answered_for_allowed_origins_only(string origin, string? allowed)
    {
        var answer = await server.SendAsync(HttpMethod.Options, Path, null, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type,idempotency-key"));
        Assert.Equal(204, answer.Status);
        Assert.Equal(allowed, answer.Header("Access-Control-Allow-Origin"));
        Assert.Equal(allowed is not null, answer.Header("Access-Control-Allow-Headers")?.Contains("idempotency-key", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task A_configured_origin_may_call()
    {
        await using var configured = await ServerFixture.StartAsync("--cors-origins", "https://app.example.com, https://other.example");
        Assert.Equal(200, (await configured.GetAsync(Path, ("Origin", "https://app.example.com"))).Status);
        Assert.Equal(403, (await configured.GetAsync(Path, ("Origin", "https://app.example.com.evil.example"))).Status);
    }

    [Fact]
    public async Task Every_answer_has_security_headers()
    {
        foreach (var path in new[] { "/health", "/nowhere", Path, Path + "?limit=x" })
        {
            var answer = await server.GetAsync(path);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal("DENY", answer.Header("X-Frame-Options"));
            Assert.NotNull(answer.Header("Content-Security-Policy"));
        }
    }
}

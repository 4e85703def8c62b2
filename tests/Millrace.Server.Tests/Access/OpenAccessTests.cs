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

using Millrace.Core.Values;

namespace Millrace.Server.Tests.Access;

/// <summary>Nothing that lasts goes on when the token expires with which it began.</summary>
public sealed class TokenExpiryTests(TokenExpiryTests.SecuredServer secured) : IClassFixture<TokenExpiryTests.SecuredServer>
{
    private static readonly (string, string) Lasting = Tokens.Bearer("""{"sub":"ada","role":"admin","exp":4000000000}""");

    private readonly ServerFixture _server = secured.Server;
    private readonly MovableTime _time = secured.Time;

    [Theory]
    [InlineData("/api/v1/executions/{execution}/events")]
    [InlineData("/api/v1/workflows/{workflow}/events")]
    [InlineData("/api/v1/events/stream")]
    public async Task A_stream_ends_and_says_so(string path)
    {
        var (workflow, execution) = await BeginAsync();
        var (end, token) = NextToken();
        path = path.Replace("{execution}", execution, StringComparison.Ordinal).Replace("{workflow}", workflow, StringComparison.Ordinal);
        await using var stream = await SseReader.OpenAsync(_server, path, headers: token);
        await _time.WhenArmedAsync(end);

        _time.Advance(end - _time.GetUtcNow());

        var error = await stream.UntilAsync("error");
        Assert.Equal("token_expired", error.Data["code"].AsString());
        Assert.Contains("expired", error.Data["message"].AsString());
        Assert.Null(await stream.NextAsync());
        Assert.Equal(401, (await _server.GetAsync(path, token)).Status);
        // Who has a new one goes on where it was.
        await using var resumed = await SseReader.OpenAsync(_server, $"/api/v1/executions/{execution}/events", "1", Lasting);
        Assert.Equal("2", (await resumed.NextAsync())!.Id);
    }

    [Fact]
    public async Task A_stream_without_an_end_of_its_token_within_a_timer_s_reach_goes_on()
    {
        var (_, execution) = await BeginAsync();
        await using var stream = await SseReader.OpenAsync(_server, $"/api/v1/executions/{execution}/events", headers: Lasting);
        Assert.Equal("workflow_started", (await stream.NextAsync())!.Type);
        Assert.Equal(202, (await _server.PostAsync($"/api/v1/executions/{execution}/cancel", "{}", Lasting)).Status);
        await stream.ReadToEndAsync();
    }

    [Fact]
    public async Task Waiting_for_an_end_stops()
    {
        var (workflow, _) = await BeginAsync();
        var (end, token) = NextToken();
        var started = _server.PostAsync($"/api/v1/workflows/{workflow}/execute?wait=60", "{}", token);
        await _time.WhenArmedAsync(end);

        _time.Advance(end - _time.GetUtcNow());

        var answer = await started;
        Assert.Equal((202, "waiting"), (answer.Status, answer["status"].AsString()));
    }

    [Fact]
    public async Task Waiting_for_a_task_stops()
    {
        const string Types = """{"worker": "w", "types": [{"type": "idleWork"}]}""";
        Assert.Equal(200, (await _server.PostAsync("/api/v1/worker/register", Types, Lasting)).Status);
        var (end, token) = NextToken();
        var polled = _server.PostAsync("/api/v1/worker/poll", """{"worker": "w", "types": ["idleWork"], "waitSeconds": 60}""", token);
        await _time.WhenArmedAsync(end);

        _time.Advance(end - _time.GetUtcNow());

        var answer = await polled;
        Assert.Equal((200, 0), (answer.Status, answer.Body.AsList().Count));
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("respond")]
    public async Task Waiting_for_the_answer_of_a_webhook_stops(string mode)
    {
        const string Secret = $$"""{"value": "{{Tokens.Secret}}"}""";
        Assert.Equal(204, (await _server.SendAsync(HttpMethod.Put, "/api/v1/secrets/hook_secret", Secret, Lasting)).Status);
        await _server.CreateAsync($$$"""
            {"name": "Hook", "nodes": [
              {"id": "hook", "type": "webhook", "config": {
                "path": "{{{mode}}}", "responseMode": "{{{mode}}}", "auth": {"type": "jwt", "secret": "{{secrets.hook_secret}}"} } },
              {"id": "wait", "type": "waitForEvent", "config": {"name": "never"}},
              {"id": "answer", "type": "respond", "config": {"body": "late"}}],
             "edges": [{"source": "hook", "target": "wait"}, {"source": "wait", "target": "answer"}]}
            """, Lasting);
        var (end, token) = NextToken();
        var called = _server.PostAsync($"/webhooks/{mode}", "{}", token);
        await _time.WhenArmedAsync(end);

        _time.Advance(end - _time.GetUtcNow());

        Assert.Equal(202, (await called).Status);
    }

    private async Task<(string Workflow, string Execution)> BeginAsync()
    {
        var workflow = await _server.CreateAsync("""
            {"name": "Patient", "nodes": [{"id": "wait", "type": "waitForEvent", "config": {"name": "never"}}], "edges": []}
            """, Lasting);
        var started = await _server.PostAsync($"/api/v1/workflows/{workflow}/execute", "{}", Lasting);
        return (workflow, started["id"].AsString());
    }

    private (DateTimeOffset End, (string, string) Token) NextToken()
    {
        var end = DateTimeOffset.FromUnixTimeSeconds(_time.GetUtcNow().ToUnixTimeSeconds() + 37);
        return (end, Tokens.Bearer($$"""{"sub":"ada","role":"admin","exp":{{end.ToUnixTimeSeconds()}}}"""));
    }

    public sealed class SecuredServer : IAsyncLifetime
    {
        public ServerFixture Server { get; private set; } = null!;

        internal MovableTime Time { get; } = new();

        public async ValueTask InitializeAsync()
        {
            Server = new ServerFixture { Time = Time, Arguments = ["--jwt-secret", Tokens.Secret] };
            await Server.InitializeAsync();
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}

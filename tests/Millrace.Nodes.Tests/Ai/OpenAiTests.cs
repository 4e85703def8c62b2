using System.Text;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Ai.OpenAi;

namespace Millrace.Nodes.Tests.Ai;

public sealed class OpenAiTests : IAsyncDisposable
{
    private readonly ModelServer _server = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private LlmNode Node(string prices = "") =>
        new(
            new ModelSettings
            {
                OpenAiKey = "sk-test",
                OpenAiUrl = _server.Url,
                Prices = ModelPrices.Parse(prices, out _)!,
            }.CreateProviders(TimeProvider.System));

    private Task<NodeOutcome> RunAsync(string config, List<string>? tokens = null, CancellationToken cancellation = default) =>
        OneEffect.RunAsync(Node(), config, tokens: tokens, cancellation: cancellation);

    [Fact]
    public async Task The_request_says_what_the_config_says()
    {
        _server.Completion("hello");

        await RunAsync("""{"model":"gpt-4","system":"Rules","messages":[{"role":"assistant","content":"Hi"}],"prompt":"Hello","temperature":0.7,"max_tokens":1000}""");

        var request = Assert.Single(_server.Requests);
        Assert.StartsWith("POST /v1/chat/completions HTTP/1.1", request.Head);
        Assert.Contains("Authorization: Bearer sk-test", request.Head);
        Assert.Contains("Idempotency-Key: e1:n::0", request.Head);
        Assert.Equal(
            """{"model":"gpt-4","messages":[{"role":"system","content":"Rules"},{"role":"assistant","content":"Hi"},{"role":"user","content":"Hello"}],"temperature":0.7,"max_tokens":1000}""",
            request.Body);
    }

    [Fact]
    public async Task The_answer_becomes_output_and_meta()
    {
        _server.Completion("""{"category":"technical"}""");

        var outcome = await OneEffect.RunAsync(Node("test-model=1/2"), """{"model":"openai/test-model","prompt":"x"}""");

        Assert.Equal("""{"category":"technical"}""", outcome.Output.ToJson());
        Assert.Equal("test-model-1", outcome.Meta["model"]);
        Assert.Equal("""{"promptTokens":11,"completionTokens":7,"totalTokens":18}""", outcome.Meta["usage"].ToJson());
        Assert.Equal(0.000025, outcome.Meta["cost"]);
        Assert.Equal("""[{"provider":"openai","model":"test-model","chosen":true}]""", outcome.Meta["candidates"].ToJson());
    }

    [Theory]
    [InlineData("""{"model":"m","prompt":"Say it as JSON","response_format":"json"}""", """{"type":"json_object"}""")]
    [InlineData("""{"model":"m","prompt":"x","schema":{"type":"array"}}""", """{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"array"}}}""")]
    [InlineData("""{"model":"m","prompt":"x","response_format":"text"}""", "null")]
    public async Task The_form_of_the_answer_is_asked_for(string config, string format)
    {
        _server.Completion("[]");

        await RunAsync(config);

        Assert.Equal(format, Assert.Single(_server.Requests).Json["response_format"].ToJson());
    }

    [Fact]
    public async Task A_stream_is_handed_on_piece_by_piece_and_counted()
    {
        _server.Stream(ModelServer.Piece("Hel"), ModelServer.Piece("lo"), ModelServer.LastPiece, ModelServer.UsagePiece, "[DONE]");
        var tokens = new List<string>();

        var outcome = await RunAsync("""{"model":"m","prompt":"x","stream":true}""", tokens);

        Assert.Equal(["Hel", "lo"], tokens);
        Assert.Equal("Hello", outcome.Output);
        Assert.Equal(5, outcome.Meta["usage"]["totalTokens"]);
        Assert.Equal(true, Assert.Single(_server.Requests).Json["stream"]);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_a_failure_and_no_answer()
    {
        _server.Stream(ModelServer.Piece("Hel"));

        var outcome = await RunAsync("""{"model":"m","prompt":"x","stream":true}""");

        Assert.Equal(("provider", true), (outcome.Error!.Type, outcome.Error.Retryable));
        Assert.Contains("stopped in the middle", outcome.Error.Message);
    }

    [Fact]
    public async Task A_connection_that_breaks_off_is_a_retryable_failure()
    {
        _server.Answer(
            stream => stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\"")).AsTask());

        var outcome = await RunAsync("""{"model":"m","prompt":"x"}""");

        Assert.Equal(("provider", true), (outcome.Error!.Type, outcome.Error.Retryable));
    }

    [Fact]
    public async Task A_refused_connection_is_a_retryable_failure_that_names_the_address()
    {
        var closed = new ModelServer();
        await closed.DisposeAsync();
        var node = new LlmNode(new ModelSettings { OpenAiUrl = closed.Url }.CreateProviders(TimeProvider.System));

        var outcome = await OneEffect.RunAsync(node, """{"model":"m","prompt":"x"}""");

        Assert.Equal(("provider", true), (outcome.Error!.Type, outcome.Error.Retryable));
        Assert.Contains(closed.Url.Authority, outcome.Error.Message);
    }

    [Theory]
    [InlineData("<html>busy</html>")]
    [InlineData("{}")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{"message":{"content":null}}]}""")]
    public async Task An_answer_that_does_not_hold_to_the_protocol_is_a_failure(string body)
    {
        _server.Answer(body);

        var outcome = await RunAsync("""{"model":"m","prompt":"x"}""");

        Assert.Equal("provider", outcome.Error!.Type);
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"bad","code":null,"type":"invalid_request_error"}}""", "model_request", false)]
    [InlineData(400, """{"error":{"message":"too long","code":"context_length_exceeded"}}""", "context_length", false)]
    [InlineData(400, """{"error":{"message":"filtered","code":"content_filter"}}""", "content_filter", false)]
    [InlineData(401, """{"error":{"message":"no key"}}""", "auth", false)]
    [InlineData(403, "", "auth", false)]
    [InlineData(404, """{"error":"no such model"}""", "model", false)]
    [InlineData(429, """{"error":{"message":"slow down"}}""", "rate_limit", true)]
    [InlineData(429, """{"error":{"message":"pay","code":"insufficient_quota"}}""", "quota", false)]
    [InlineData(500, "oops", "provider", true)]
    [InlineData(503, "<html>", "provider", true)]
    public async Task Each_status_means_one_kind_of_failure(int status, string body, string type, bool isRetryable)
    {
        _server.Answer(body, status);

        var outcome = await RunAsync("""{"model":"m","prompt":"x"}""");

        Assert.Equal((type, isRetryable), (outcome.Error!.Type, outcome.Error.Retryable));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Retry_after_is_heard()
    {
        _server.Answer("{}", 429, "Retry-After: 7\r\n");

        var outcome = await RunAsync("""{"model":"m","prompt":"x"}""");

        Assert.Equal(TimeSpan.FromSeconds(7), outcome.Error!.RetryAfter);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        _server.Answer("", 302, "Location: http://127.0.0.1:1/\r\n");

        var outcome = await RunAsync("""{"model":"m","prompt":"x"}""");

        Assert.Contains("OPENAI_BASE_URL", outcome.Error!.Message);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_filtered_answer_is_a_failure()
    {
        _server.Completion("", "content_filter");

        var outcome = await RunAsync("""{"model":"m","prompt":"x"}""");

        Assert.Equal(("content_filter", false), (outcome.Error!.Type, outcome.Error.Retryable));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_left_when_the_attempt_is_cancelled()
    {
        var isAsked = new TaskCompletionSource();
        _server.Answer(_ =>
        {
            isAsked.SetResult();
            return Task.Delay(Timeout.Infinite, _server.Ends);
        });
        using var cancellation = new CancellationTokenSource();
        var run = RunAsync("""{"model":"m","prompt":"x"}""", cancellation: cancellation.Token);
        await isAsked.Task;

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task A_name_with_a_provider_goes_to_that_provider()
    {
        _server.Completion("from the service");
        var node = new LlmNode(
            new ModelSettings { ServiceUrl = new Uri($"http://{_server.Url.Authority}") }.CreateProviders(TimeProvider.System));

        var outcome = await OneEffect.RunAsync(node, """{"model":"service/llama","prompt":"x"}""");
        var missing = await OneEffect.RunAsync(node, """{"model":"openai/gpt-4","prompt":"x"}""");

        Assert.Equal("from the service", outcome.Output);
        Assert.Equal("llama", Assert.Single(_server.Requests).Json["model"]);
        Assert.Contains("OPENAI_API_KEY", missing.Error!.Message);
    }

    [Theory]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o")]
    [InlineData("gpt-4o-mini", "gpt-4o-mini")]
    [InlineData("gpt-4-0613", "gpt-4")]
    public void A_dated_model_has_the_price_of_its_name(string model, string name) =>
        Assert.Equal(ModelPrices.OpenAi.Find(name), ModelPrices.OpenAi.Find(model));

    [Theory]
    [InlineData("gpt-4o-realtime")]
    [InlineData("llama-3")]
    public void An_unknown_model_has_no_price(string model) => Assert.Null(ModelPrices.OpenAi.Find(model));
}

using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Nodes.Ai;

namespace Millrace.Nodes.Tests.Ai;

public sealed class MockTests
{
    private static readonly LlmNode Node = new(new ModelSettings().CreateProviders(TimeProvider.System));

    private static async Task<string> OutputAsync(string config, string data = "null")
    {
        var outcome = await OneEffect.RunAsync(Node, config, data);
        Assert.Null(outcome.Error);
        return outcome.Output.ToJson();
    }

    [Theory]
    [InlineData("""{"model":"mock","prompt":"12345678","maxTokens":30}""", 2, 30)]
    [InlineData("""{"model":"mock","system":"1234","messages":[{"role":"user","content":"1234"},{"role":"user","content":"12345678"}]}""", 4, 0)]
    [InlineData("""{"model":"mock"}""", 0, 0)]
    [InlineData("""{"model":7,"prompt":{"a":1},"maxTokens":"many"}""", 1, 0)]
    public void What_a_call_is_expected_to_spend_is_its_prompt_and_its_most_tokens(string config, long tokensIn, long tokensOut) =>
        Assert.Equal(new Spending(0, tokensIn, tokensOut), Node.Description.EstimateOf!(ValueJson.Parse(config).AsMap()));

    [Fact]
    public async Task Without_a_script_it_repeats_the_question() =>
        Assert.Equal("\"Mock answer to: Where is my parcel?\"", await OutputAsync("""{"model":"mock","prompt":"Where is my {{input.what}}?"}""", """{"what":"parcel"}"""));

    [Fact]
    public async Task Without_a_prompt_what_arrived_is_the_question() =>
        Assert.Equal("""{"echo":"{\"a\":1}"}""", await OutputAsync("""{"model":"mock","response_format":"json"}""", """{"a":1}"""));

    [Fact]
    public async Task The_first_reply_whose_condition_holds_is_given()
    {
        const string Config = """
            {"model":"mock","system":"Be kind.","prompt":"{{input}}","mock":{
              "replies":[{"when":"prompt.contains('refund')","reply":{"category":"billing","to":"{{input}}"}},{"when":"system == 'Be kind.' && prompt.size() > 20","reply":"long"}],
              "default":"other"}}
            """;

        Assert.Equal("""{"category":"billing","to":"a refund, please"}""", await OutputAsync(Config, "\"a refund, please\""));
        Assert.Equal("\"long\"", await OutputAsync(Config, "\"something quite different\""));
        Assert.Equal("\"other\"", await OutputAsync(Config, "\"x\""));
    }

    [Fact]
    public async Task A_schema_without_a_script_gives_a_value_that_matches_it() =>
        Assert.Equal(
            """{"category":"billing","score":1,"tags":["text"],"when":"2026-01-31T08:00:00Z"}""",
            await OutputAsync("""
                {"model":"mock","prompt":"?","schema":{"type":"object","required":["category"],"properties":{
                  "category":{"enum":["billing","technical"]},"score":{"type":"integer","minimum":1},"tags":{"type":"array","items":{"type":"string"}},"when":{"type":"string","format":"date-time"}}}}
                """));

    [Fact]
    public async Task The_same_question_costs_the_same_tokens()
    {
        var first = await OneEffect.RunAsync(Node, """{"model":"mock","system":"1234","prompt":"12345"}""");
        var second = await OneEffect.RunAsync(Node, """{"model":"mock","system":"1234","prompt":"12345"}""");

        Assert.Equal("""{"promptTokens":3,"completionTokens":6,"totalTokens":9}""", first.Meta["usage"].ToJson());
        Assert.Equal(first.Meta, second.Meta);
        Assert.Equal("mock", first.Meta["model"]);
        Assert.Equal("stop", first.Meta["finishReason"]);
    }

    [Fact]
    public async Task A_streamed_answer_comes_in_pieces_that_make_the_whole()
    {
        var tokens = new List<string>();

        var outcome = await OneEffect.RunAsync(Node, """{"model":"mock","prompt":"one two","stream":true}""", tokens: tokens);

        Assert.Equal(["Mock ", "answer ", "to: ", "one ", "two"], tokens);
        Assert.Equal("Mock answer to: one two", outcome.Output);
    }

    [Theory]
    [InlineData(401, "auth", false)]
    [InlineData(404, "model", false)]
    [InlineData(429, "rate_limit", true)]
    [InlineData(400, "model_request", false)]
    [InlineData(503, "provider", true)]
    public async Task Its_name_can_ask_for_a_failure(int status, string type, bool isRetryable)
    {
        var outcome = await OneEffect.RunAsync(Node, $$"""{"model":"mock/fail-{{status}}","prompt":"x"}""");

        Assert.Equal((type, isRetryable), (outcome.Error!.Type, outcome.Error.Retryable));
    }

    [Fact]
    public async Task A_script_can_fail_the_first_attempt_only()
    {
        const string Config = """{"model":"mock","prompt":"x","mock":{"replies":[{"when":"attempt == 1","error":{"status":429,"retryAfter":"PT2S"}}],"default":"ok"}}""";

        var first = await OneEffect.RunAsync(Node, Config, attempt: 1);
        var second = await OneEffect.RunAsync(Node, Config, attempt: 2);

        Assert.Equal(TimeSpan.FromSeconds(2), first.Error!.RetryAfter);
        Assert.Equal("ok", second.Output);
    }

    [Fact]
    public async Task An_answer_longer_than_max_tokens_is_cut_off()
    {
        var outcome = await OneEffect.RunAsync(Node, """{"model":"mock","prompt":"x","max_tokens":2,"mock":{"default":"0123456789"}}""");

        Assert.Equal("01234567", outcome.Output);
        Assert.Equal("length", outcome.Meta["finishReason"]);
        Assert.Contains("max_tokens", Assert.Single(outcome.Logs).Message);
    }

    [Fact]
    public async Task A_delayed_answer_ends_when_it_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var run = OneEffect.RunAsync(Node, """{"model":"mock/slow-600000","prompt":"x"}""", cancellation: cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Theory]
    [InlineData("""{"prompt":"x"}""", "missing_field", "/nodes/0/config")]
    [InlineData("""{"model":"mock","requirements":{"json":true}}""", "unsupported", "/nodes/0/config/requirements")]
    [InlineData("""{"requirements":{"json":true}}""", "unsupported", "/nodes/0/config/requirements")]
    [InlineData("""{"model":"mock","tools":[]}""", "unsupported", "/nodes/0/config/tools")]
    [InlineData("""{"model":"mock","fallbacks":["m"]}""", "unsupported", "/nodes/0/config/fallbacks")]
    [InlineData("""{"model":"mock","response_format":"schema"}""", "missing_field", "/nodes/0/config")]
    [InlineData("""{"model":"mock","schema":{"type":"objekt"}}""", "invalid_schema", "/nodes/0/config/schema/type")]
    [InlineData("""{"model":"mock","mock":{"replies":[{"when":"promt == ''","reply":"x"}]}}""", "unknown_reference", "/nodes/0/config/mock/replies/0/when")]
    [InlineData("""{"model":"mock","mock":{"replies":[{"when":"prompt ==","reply":"x"}]}}""", "invalid_expression", "/nodes/0/config/mock/replies/0/when")]
    [InlineData("""{"model":"mock","mock":{"replies":[{"when":"true"}]}}""", "missing_field", "/nodes/0/config/mock/replies/0")]
    public void What_cannot_run_is_refused_when_it_is_saved(string config, string code, string pointer)
    {
        var problem = OneEffect.Error(Node, config);

        Assert.Equal((code, pointer), (problem.Code, problem.Pointer));
    }

    [Fact]
    public async Task A_model_without_a_provider_is_a_warning_at_save_and_a_failure_at_run()
    {
        const string Config = """{"model":"gpt-4","prompt":"x"}""";

        var warning = Assert.Single(OneEffect.Problems(Node, Config, out _), problem => problem.Code is "no_provider");
        var outcome = await OneEffect.RunAsync(Node, Config);

        Assert.Equal(Severity.Warning, warning.Severity);
        Assert.Equal("model", outcome.Error!.Type);
        Assert.Contains("OPENAI_API_KEY", outcome.Error.Message);
        Assert.Contains("MODEL_SERVICE_URL", outcome.Error.Message);
    }

    [Theory]
    [InlineData("auto", """[1,2]""", "[1,2]")]
    [InlineData("auto", " {\"a\":1}\n", """{"a":1}""")]
    [InlineData("auto", "Sure:\n```json\n{\"a\":1}\n```\nBye.", """{"a":1}""")]
    [InlineData("auto", "42", "\"42\"")]
    [InlineData("auto", "true", "\"true\"")]
    [InlineData("auto", "```\n{}\n``` and ```\n{}\n```", "\"```\\n{}\\n``` and ```\\n{}\\n```\"")]
    [InlineData("text", "{\"a\":1}", "\"{\\\"a\\\":1}\"")]
    [InlineData("json", "42", "42")]
    public void Answers_become_json_where_they_should(string format, string answer, string output)
    {
        Assert.True(Answer.TryRead(answer, Enum.Parse<LlmResponseFormat>(format, ignoreCase: true), null, out var value, out _));

        Assert.Equal(output, value.ToJson());
    }

    [Fact]
    public async Task An_answer_that_is_not_what_was_asked_for_fails_and_is_still_paid_for()
    {
        var outcome = await OneEffect.RunAsync(Node, """{"model":"mock","prompt":"x","response_format":"json","mock":{"default":"no json"}}""");

        Assert.Equal(("model_output", true), (outcome.Error!.Type, outcome.Error.Retryable));
        Assert.Equal(2, outcome.Error.Details["usage"]["completionTokens"]);
    }
}

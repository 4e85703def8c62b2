using Microsoft.AspNetCore.Http;
using Millrace.Core.Nodes;
using Millrace.Core.Schemas;
using Millrace.Core.Values;
using Millrace.Nodes.Orchestration;
using Millrace.Nodes.Tests.Http;

namespace Millrace.Nodes.Tests.Orchestration;

/// <summary>What the nodes make of whatever a service answers.</summary>
public sealed class ServiceNodeTests
{
    private const string Answer = """{"output":{"sum":3},"usage":{"tokensIn":4,"tokensOut":2,"money":0.25},"traceId":"abc"}""";

    [Fact]
    public async Task A_request_says_who_asks_and_carries_token_key_and_trace()
    {
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsync(Answer));
        var outcome = await OneEffect.RunAsync(Tool(server, "t0ken"), """{"name":"a/b ü?"}""", """{"a":1}""", attempt: 2);

        Assert.Equal("""{"sum":3}""", outcome.Output.ToJson());
        Assert.Equal("""{"usage":{"promptTokens":4,"completionTokens":2,"totalTokens":6},"cost":0.25,"traceId":"abc"}""", outcome.Meta.ToJson());
        Assert.Empty(outcome.Logs);
        var request = Assert.Single(server.Requests);
        // One part of the address, whatever is in the name: the server decodes all but its slash.
        Assert.Equal(("POST", "/base/v1/tools/a%2Fb%20%C3%BC%3F/invoke"), (request.Method, request.Target));
        Assert.Equal(("Bearer t0ken", "e1:n::0"), (request.Headers["Authorization"], request.Headers["Idempotency-Key"]));
        var body = ValueJson.Parse(request.Body);
        Assert.Equal($$"""{"input":{"a":1},"executionId":"e1","workflowId":"w1","nodeId":"n","iteration":"","attempt":2,"tenantId":"acme","traceId":"{{ServiceTrace.IdOf("e1")}}"}""", body.ToJson());
        Assert.Matches($"^00-{ServiceTrace.IdOf("e1")}-[0-9a-f]{{16}}-01$", request.Headers["traceparent"]);
        Assert.NotEqual(ServiceTrace.IdOf("e1"), ServiceTrace.IdOf("e2"));
        Assert.Empty(Contract("Question").Validate(body));
    }

    [Theory]
    [InlineData(200, "{", "orchestrator", false, "is not JSON")]
    [InlineData(200, "", "orchestrator", false, "has no 'output'")]
    [InlineData(200, "[1]", "orchestrator", false, "has no 'output'")]
    [InlineData(200, """{"error":{"type":"mine","message":"Mine.","retryable":true}}""", "mine", true, "Mine.")]
    [InlineData(302, "", "orchestrator", false, "ORCHESTRATOR_URL")]
    [InlineData(400, "<html>", "orchestrator", false, "answered 400")]
    [InlineData(401, """{"error":{"type":"x","message":"No.","retryable":true}}""", "auth", false, "check ORCHESTRATOR_TOKEN. It says: No.")]
    [InlineData(404, "", "not_found", false, "does not know the tool 'add'")]
    [InlineData(422, """{"error":{"type":"mine","message":"Mine."}}""", "mine", false, "It says: Mine.")]
    [InlineData(429, "", "rate_limit", true, "too many requests")]
    [InlineData(503, "", "orchestrator", true, "answered 503")]
    [InlineData(500, """{"error":{"retryable":false,"message":"Never."}}""", "orchestrator", false, "Never.")]
    [InlineData(202, """{"taskId":"t"}""", "orchestrator", false, "cannot call back")]
    public async Task Whatever_is_answered_becomes_an_outcome(int status, string body, string type, bool isRetryable, string message)
    {
        await using var server = await TestServer.StartAsync(context => AnswerAsync(context, status, body));
        var error = (await OneEffect.RunAsync(Tool(server), """{"name":"add"}""")).Error!;
        Assert.Equal((type, isRetryable), (error.Type, error.Retryable));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        if (status != 202)
            Assert.Equal(ServiceTrace.IdOf("e1"), error.Details["traceId"]);
    }

    [Fact]
    public async Task What_a_failure_took_counts_and_how_long_to_wait_is_heeded()
    {
        await using var server = await TestServer.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "7";
            return AnswerAsync(context, 503, """{"error":{"message":"Later."},"usage":{"tokensIn":5,"tokensOut":0,"money":1}}""");
        });
        var error = (await OneEffect.RunAsync(Tool(server), """{"name":"add"}""")).Error!;
        Assert.Equal(
            (TimeSpan.FromSeconds(7), 5, 1d),
            (error.RetryAfter, error.Details["usage"]["promptTokens"].AsInt(), error.Details["cost"].AsDouble()));
    }

    [Theory]
    [InlineData("""{"output":1}""")]
    [InlineData("""{"output":1,"usage":{"tokensIn":-1,"tokensOut":"2","money":-3}}""")]
    public async Task An_answer_that_does_not_say_what_it_took_is_taken_with_a_warning(string answer)
    {
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsync(answer));
        var outcome = await OneEffect.RunAsync(Tool(server), """{"name":"add"}""");
        Assert.Equal((1, 0, 0d), (outcome.Output.AsInt(), outcome.Meta["usage"]["totalTokens"].AsInt(), outcome.Meta["cost"].AsDouble()));
        Assert.Contains("tokensIn", Assert.Single(outcome.Logs).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var server = await TestServer.StartAsync(async context =>
        {
            var piece = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        });
        var error = (await OneEffect.RunAsync(Tool(server), """{"name":"add"}""")).Error!;
        Assert.Contains($"more than {ServiceClient.MaxBytes} bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_worth_another_attempt()
    {
        var server = await TestServer.StartAsync(_ => Task.CompletedTask);
        var tool = Tool(server);
        await server.DisposeAsync();
        var error = (await OneEffect.RunAsync(tool, """{"name":"add"}""")).Error!;
        Assert.Equal(("network", true), (error.Type, error.Retryable));
        Assert.Contains("ORCHESTRATOR_URL", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_name_that_is_no_part_of_an_address_is_refused_when_saved_and_when_it_is_made(string name)
    {
        var tool = new ToolNode(ServiceClient.To(new ServiceSettings { OrchestratorUrl = new Uri("http://127.0.0.1:1") }.Orchestrator));
        Assert.Equal("invalid_value", OneEffect.Error(tool, $$"""{"name":"{{name}}"}""").Code);
        Assert.Equal("config", (await OneEffect.RunAsync(tool, """{"name":"{{data}}"}""", $"\"{name}\"")).Error!.Type);
    }

    [Fact]
    public async Task Documents_are_a_list()
    {
        var answer = """{"documents":[{"id":"a"}]}""";
        await using var server = await TestServer.StartAsync(context => context.Response.WriteAsync(answer));
        var rag = new RagNode(ServiceClient.To(new ServiceSettings { RagUrl = server.Url }.Rag));
        var outcome = await OneEffect.RunAsync(rag, """{"collection":"c","topK":3}""", "\"where\"");
        Assert.Equal(("""[{"id":"a"}]""", 0), (outcome.Output.ToJson(), outcome.Logs.Length));
        Assert.Empty(Contract("RetrievalQuestion").Validate(ValueJson.Parse(server.Requests[0].Body)));
        Assert.Equal(("where", "c", 3), (Asked("query").AsString(), Asked("collection").AsString(), Asked("topK").AsInt()));

        answer = """{"documents":{}}""";
        Assert.Equal("rag", (await OneEffect.RunAsync(rag, "{}", "\"where\"")).Error!.Type);
        Assert.Equal("invalid_value", OneEffect.Error(rag, """{"topK":0}""").Code);
        Assert.Equal("config", (await OneEffect.RunAsync(rag, """{"topK":"{{data}}"}""", "1001")).Error!.Type);

        Value Asked(string field) => ValueJson.Parse(server.Requests[0].Body)[field];
    }

    // docs/orchestrator-openapi.json says what is sent.
    private static Schema Contract(string name)
    {
        var document = ValueJson.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "orchestrator-openapi.json")));
        return Schema.Compile(document["components"]["schemas"][name], out var problems)
            ?? throw new InvalidOperationException(problems[0].Message);
    }

    private static ToolNode Tool(TestServer server, string? token = null) =>
        new(
            ServiceClient.To(
                new ServiceSettings { OrchestratorUrl = new Uri(server.Url, "/base/"), OrchestratorToken = token }.Orchestrator));

    private static Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(body);
    }
}

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Millrace.Core.Schemas;
using Millrace.Core.Values;

namespace Millrace.EndToEnd.Tests;

/// <summary>The nodes that only the Agent Orchestrator answers, against the sample orchestrator as a process of its own.</summary>
public sealed partial class OrchestratorTests
{
    [Fact]
    public async Task A_tool_answers_and_what_it_took_counts()
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(orchestrator.Settings);
        var ended = await RunAsync(server, """
            {"id":"one","type":"tool","config":{"name":"add","input":{"a":"{{input.a}}","b":2}}}, {"id":"two","type":"tool","config":{"name":"add","input":{"a":"{{one.output.sum}}","b":3}}}
            """, """{"source":"one","target":"two"}""", """{"a":1}""");

        Assert.Equal("""{"sum":6}""", ended.GetProperty("result").GetRawText());
        var metas = (await RunsAsync(server, ended)).Select(run => run.GetProperty("meta")).Where(meta => meta.ValueKind is JsonValueKind.Object).ToList();
        Assert.Equal("""{"promptTokens":4,"completionTokens":2,"totalTokens":6}""", metas[0].GetProperty("usage").GetRawText());
        Assert.Equal("""{"money":0.012,"tokensIn":8,"tokensOut":4}""", ended.GetProperty("cost").GetRawText());
        // One trace for the execution, a span and a key for each call.
        var trace = Assert.Single(metas.Select(meta => meta.GetProperty("traceId").GetString()).Distinct());
        var calls = Calls(orchestrator).ToList();
        Assert.Equal(2, calls.Select(call => call.Span).Distinct().Count());
        Assert.All(calls, call => Assert.Equal(trace, call.Trace));
        Assert.Equal([$"{Id(ended)}:one::0", $"{Id(ended)}:two::0"], calls.Select(call => call.Key));
    }

    [Fact]
    public async Task A_failed_attempt_is_made_again_under_the_same_key()
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(orchestrator.Settings);
        var ended = await RunAsync(server, """
            {"id":"soon","type":"tool","retry":{"maxAttempts":2,"delay":"PT0.05S"},"config":{"name":"flaky","input":1}},
            {"id":"later","type":"agentTask","retry":{"maxAttempts":2,"delay":"PT0.05S"},"config":{"agent":"unreliable","input":{"once":true,"milliseconds":30}}},
            {"id":"out","type":"output","config":{"fields":{"soon":"{{soon.output.attempt}}","later":"{{later.output.attempt}}"}}}
            """, """{"source":"soon","target":"later"},{"source":"later","target":"out"}""");

        Assert.Equal("""{"soon":2,"later":2}""", ended.GetProperty("result").GetRawText());
        Assert.Equal([(503, "soon"), (200, "soon"), (202, "later"), (202, "later")], Calls(orchestrator).Select(call => (call.Status, call.Key.Split(':')[1])));
        Assert.Equal(2, Calls(orchestrator).Select(call => call.Key).Distinct().Count());
        // Failed attempts are paid for as well.
        Assert.True(ended.GetProperty("cost").GetProperty("tokensIn").GetInt64() > 4);
    }

    [Fact]
    public async Task A_long_task_is_answered_over_a_restart_of_the_server()
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var front = await Front.StartAsync();
        await using var server = await ServerProcess.StartAsync([.. orchestrator.Settings, ("PUBLIC_URL", front.Url)]);
        await SaveAsync(server, """{"id":"ask","type":"agentTask","config":{"agent":"researcher","input":{"topic":"mills","milliseconds":1}}}""", "");
        var (status, started) = await server.PostAsync("api/v1/workflows/asks/execute", "{}");
        Assert.Equal(HttpStatusCode.Accepted, status);
        // The task is done at once, and cannot say so: there is no server behind the address.
        var waiting = await UntilAsync(server, Id(started), "waiting");
        Assert.Equal("callback", (await RunsAsync(server, waiting)).Single(run => run.GetProperty("nodeId").GetString() == "ask").GetProperty("wait").GetProperty("kind").GetString());
        server.Kill();
        await server.StartAgainAsync();
        front.Server = server.BaseAddress;

        var ended = await UntilAsync(server, Id(started), "completed");
        Assert.Equal("""{"topic":"mills","findings":["mills is worth reading about."]}""", ended.GetProperty("result").GetRawText());
        var meta = (await RunsAsync(server, ended)).Single(run => run.GetProperty("nodeId").GetString() == "ask").GetProperty("meta");
        Assert.Equal(Calls(orchestrator).Single().Trace, meta.GetProperty("traceId").GetString());
        Assert.True(ended.GetProperty("cost").GetProperty("tokensOut").GetInt64() > 0);
    }

    [Fact]
    public async Task The_end_of_a_task_may_come_before_the_wait_for_it_and_in_every_item()
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(orchestrator.Settings);
        var ended = await RunAsync(server, """
            {"id":"each","type":"forEach","config":{"items":["a","b","c"],"concurrency":3,"body":{"nodes":[{"id":"ask","type":"agentTask","config":{"agent":"researcher","input":{"topic":"{{item}}","milliseconds":0}}}],"edges":[]}}},
            {"id":"out","type":"transform","config":{"expression":"each.output.map(answer, answer.topic)"}}
            """, """{"source":"each","target":"out"}""");
        Assert.Equal("""["a","b","c"]""", ended.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task Failures_say_what_is_wrong()
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(orchestrator.Settings);
        var wrong = await RunAsync(server, """{"id":"ask","type":"tool","config":{"name":"add","input":{"a":"x"}}}""", "", expected: "failed");
        Assert.Equal(("invalid_input", true), (ErrorOf(wrong).Type, ErrorOf(wrong).Message.Contains("'a' and 'b' must be numbers.")));
        Assert.True(wrong.GetProperty("cost").GetProperty("tokensIn").GetInt64() > 0);

        var unknown = await RunAsync(server, """{"id":"ask","type":"agentTask","config":{"agent":"../constructor"}}""", "", expected: "failed");
        Assert.Equal("not_found", ErrorOf(unknown).Type);

        var lost = await RunAsync(server, """{"id":"ask","type":"agentTask","config":{"agent":"unreliable","input":{"milliseconds":1}}}""", "", expected: "failed");
        Assert.Equal(("agent_lost", "The agent lost its way."), ErrorOf(lost));

        var late = await RunAsync(server, """{"id":"ask","type":"agentTask","timeout":"PT0.3S","config":{"agent":"researcher","input":{"milliseconds":3600000}}}""", "", expected: "failed");
        Assert.Equal("timeout", ErrorOf(late).Type);

        await using var none = await ServerProcess.StartAsync();
        Assert.Contains("set ORCHESTRATOR_URL", ErrorOf(await RunAsync(none, """{"id":"ask","type":"conversation","config":{"conversation":"c"}}""", "", expected: "failed")).Message);
        Assert.Contains("set RAG_SERVICE_URL", ErrorOf(await RunAsync(none, """{"id":"ask","type":"rag","config":{"query":"x"}}""", "", expected: "failed")).Message);
        var (_, validated) = await none.PostAsync("api/v1/workflows/validate", """{"name":"t","nodes":[{"id":"ask","type":"tool","config":{"name":"add"}}],"edges":[]}""");
        Assert.Equal((true, "not_configured"), (validated.GetProperty("valid").GetBoolean(), validated.GetProperty("warnings")[0].GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_wrong_token_is_refused_and_told_to_nobody()
    {
        const string Wrong = "a-token-that-is-not-the-right-one";
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(("ORCHESTRATOR_URL", orchestrator.Url), ("ORCHESTRATOR_TOKEN", Wrong));
        var ended = await RunAsync(server, """{"id":"ask","type":"tool","retry":{"maxAttempts":5},"config":{"name":"add","input":{"a":1,"b":2}}}""", "", expected: "failed");

        Assert.Equal("auth", ErrorOf(ended).Type);
        Assert.Contains("check ORCHESTRATOR_TOKEN", ErrorOf(ended).Message);
        Assert.Equal(401, Assert.Single(Calls(orchestrator)).Status);
        Assert.DoesNotContain(Wrong, (await server.GetAsync($"api/v1/executions/{Id(ended)}/journal")).GetRawText());
        Assert.DoesNotContain(Wrong, server.Output);
    }

    [Fact]
    public async Task A_conversation_remembers_and_documents_are_found()
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var server = await ServerProcess.StartAsync(orchestrator.Settings);
        var ended = await RunAsync(server, """
            {"id":"first","type":"conversation","config":{"conversation":"case/{{input.case}}","input":"Good morning"}},
            {"id":"second","type":"conversation","config":{"conversation":"case/{{input.case}}","input":"Where is it?"}},
            {"id":"find","type":"retrieve","config":{"query":"shipping abroad","collection":"handbook","topK":1}},
            {"id":"out","type":"output","config":{"fields":{"reply":"{{second.output.reply}}","documents":"{{find.output.map(document, document.id)}}"}}}
            """, """{"source":"first","target":"second"},{"source":"second","target":"find"},{"source":"find","target":"out"}""", """{"case":7}""");
        Assert.Equal("""{"reply":"That is message 2. You began with: Good morning","documents":["shipping"]}""", ended.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task Who_no_longer_waits_is_gone_for_the_orchestrator()
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        await using var front = await Front.StartAsync();
        await using var server = await ServerProcess.StartAsync([.. orchestrator.Settings, ("PUBLIC_URL", front.Url)]);
        await SaveAsync(server, """{"id":"ask","type":"agentTask","config":{"agent":"researcher","input":{"milliseconds":1}}}""", "");
        var (_, started) = await server.PostAsync("api/v1/workflows/asks/execute", "{}");
        await UntilAsync(server, Id(started), "waiting");
        await server.PostAsync($"api/v1/executions/{Id(started)}/cancel", "{}");
        await UntilAsync(server, Id(started), "cancelled");
        front.Server = server.BaseAddress;
        await orchestrator.WhenSaidAsync(line => line.StartsWith("callback", StringComparison.Ordinal) && line.EndsWith(" 410", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tools/add/invoke", """{"input":{"a":1,"b":2}}""", 200, "Answer")]
    [InlineData("tools/add/invoke", """{"input":1}""", 422, "Failure")]
    [InlineData("tools/flaky/invoke", """{"input":1}""", 503, "Failure")]
    [InlineData("tools/constructor/invoke", """{"input":1}""", 404, "Failure")]
    [InlineData("agents/researcher/tasks", """{"input":{"milliseconds":3600000},"callbackUrl":"http://127.0.0.1:1/"}""", 202, "Task")]
    [InlineData("conversations/c/messages", """{"input":"x","traceId":"t"}""", 200, "Answer")]
    [InlineData("retrieve", """{"query":"shipping"}""", 200, "Documents")]
    public async Task The_sample_keeps_to_its_contract_and_the_same_key_gets_the_same_answer(string path, string question, int expected, string schema)
    {
        await using var orchestrator = await OrchestratorProcess.StartAsync();
        using var http = new HttpClient { DefaultRequestHeaders = { { "Authorization", $"Bearer {OrchestratorProcess.Token}" }, { "Idempotency-Key", "k" } } };
        var answers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var body = new StringContent(question);
            using var response = await http.PostAsync(new Uri($"{orchestrator.Url}/v1/{path}"), body, TestContext.Current.CancellationToken);
            answers.Add(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            // What may be repeated begins anew, and flaky succeeds the second time.
            Assert.Equal(i == 1 && expected == 503 ? 200 : expected, (int)response.StatusCode);
        }
        var contract = ValueJson.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "orchestrator-openapi.json"), TestContext.Current.CancellationToken));
        Assert.Empty(Schema.Compile(contract["components"]["schemas"][schema], out _)!.Validate(ValueJson.Parse(answers[0])));
        Assert.Equal(expected == 503 ? 2 : 1, answers.Distinct().Count());
    }

    private static IEnumerable<(int Status, string Key, string Trace, string Span)> Calls(OrchestratorProcess orchestrator) =>
        orchestrator.Output.Select(line => Call().Match(line)).Where(match => match.Success)
            .Select(match => (int.Parse(match.Groups["status"].Value), match.Groups["key"].Value, match.Groups["trace"].Value, match.Groups["span"].Value));

    private static string Id(JsonElement execution) => execution.GetProperty("id").GetString()!;

    private static (string Type, string Message) ErrorOf(JsonElement execution) =>
        (execution.GetProperty("errorDetail").GetProperty("type").GetString()!, execution.GetProperty("error").GetString()!);

    private static async Task<List<JsonElement>> RunsAsync(ServerProcess server, JsonElement execution) =>
        [.. (await server.GetAsync($"api/v1/executions/{Id(execution)}/nodes")).EnumerateArray()];

    private static async Task SaveAsync(ServerProcess server, string nodes, string edges)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, server.Url("api/v1/workflows/asks"))
        {
            Content = new StringContent($$"""{"name":"Asks","nodes":[{{nodes}}],"edges":[{{edges}}]}""", System.Text.Encoding.UTF8, "application/json"),
        };
        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<JsonElement> RunAsync(ServerProcess server, string nodes, string edges, string input = "null", string expected = "completed")
    {
        await SaveAsync(server, nodes, edges);
        var (status, execution) = await server.PostAsync("api/v1/workflows/asks/execute?wait=60", $$"""{"input":{{input}}}""");
        Assert.True(status == HttpStatusCode.OK && execution.GetProperty("status").GetString() == expected, execution.ToString());
        return execution;
    }

    private static async Task<JsonElement> UntilAsync(ServerProcess server, string execution, string expected)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (true)
        {
            var current = await server.GetAsync($"api/v1/executions/{execution}");
            var status = current.GetProperty("status").GetString()!;
            if (status == expected)
                return current;
            Assert.False(status is "completed" or "failed" or "cancelled", current.ToString());
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    [GeneratedRegex("^POST [^ ]+ (?<status>[0-9]+) key=(?<key>[^ ]*) traceparent=00-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-01$", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Call();
}

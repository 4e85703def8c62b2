using System.Net;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>Steering executions from outside, at the real server.</summary>
public sealed class SteeringTests
{
    [Fact]
    public async Task A_finished_execution_is_forked_with_a_changed_output_and_survives_a_kill()
    {
        await using var server = await ServerProcess.StartAsync();
        await CreateAsync(server, """
            {"id":"price","name":"Price","nodes":[{"id":"price","type":"noop","config":{"output":40}},{"id":"nap","type":"delay","config":{"duration":"PT2S"}},
              {"id":"total","type":"transform","config":{"expression":"price.output * input.count"}}],
             "edges":[{"source":"price","target":"nap"},{"source":"nap","target":"total"}]}
            """);
        var first = (await server.PostAsync("api/v1/workflows/price/execute?wait=30", """{"input":{"count":2} }""")).Body;
        Assert.Equal(80, first.GetProperty("result").GetInt32());

        var (status, fork) = await server.PostAsync($"api/v1/executions/{Id(first)}/fork", """{"fromNode":"nap","outputs":{"price":100},"input":{"count":3} }""");
        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.NotEqual(Id(first), Id(fork));
        server.Kill();
        await server.StartAgainAsync();

        var ended = await EndedAsync(server, Id(fork));
        Assert.Equal(("completed", 300), (ended.GetProperty("status").GetString(), ended.GetProperty("result").GetInt32()));
        Assert.Equal(80, (await server.GetAsync($"api/v1/executions/{Id(first)}")).GetProperty("result").GetInt32());
        Assert.Equal(HttpStatusCode.Conflict, (await server.PostAsync($"api/v1/executions/{Id(first)}/retry", "{}")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await server.PostAsync($"api/v1/executions/{Id(first)}/fork", """{"fromSeq":999}""")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await server.PostAsync($"api/v1/executions/{Id(first)}/fork", """{"outputs":{"nobody":1} }""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("api/v1/executions/nobody/fork", "{}")).Status);
    }

    [Fact]
    public async Task A_dry_run_judges_a_thousand_running_executions_and_then_all_are_moved()
    {
        const int Many = 1_000;
        await using var server = await ServerProcess.StartAsync();
        await CreateAsync(server, Held("wait", "'old'"));
        var ids = new string[Many];
        await Parallel.ForEachAsync(Enumerable.Range(0, Many), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (n, _) =>
            ids[n] = Id((await server.PostAsync("api/v1/workflows/held/execute", "{}")).Body));
        await PutAsync(server, Held("hold", "'new'"));

        var (_, report) = await server.PostAsync("api/v1/workflows/held/migrate", """{"from":1,"to":2,"dryRun":true}""");
        Assert.Equal((Many, 0, Many, 0), Counts(report));
        Assert.Contains("map 'wait'", report.GetProperty("executions")[0].GetProperty("reasons")[0].GetString()!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await server.PostAsync("api/v1/workflows/held/migrate", """{"from":1,"to":2}""")).Status);

        const string Mapped = """{"from":1,"to":2,"mapping":{"wait":"hold"},"dryRun":DRY}""";
        (_, report) = await server.PostAsync("api/v1/workflows/held/migrate", Mapped.Replace("DRY", "true", StringComparison.Ordinal));
        Assert.Equal((Many, Many, 0, 0), Counts(report));
        Assert.Equal(1, (await server.GetAsync($"api/v1/executions/{ids[0]}")).GetProperty("version").GetInt32());
        (_, report) = await server.PostAsync("api/v1/workflows/held/migrate", Mapped.Replace("DRY", "false", StringComparison.Ordinal));
        Assert.Equal((Many, Many, 0, 0), Counts(report));
        await UntilAsync(() => Journals.Query(server.DatabasePath, "SELECT count(*) FROM executions WHERE workflow_id = 'held' AND version = 2", row => row.GetInt64(0))[0] == Many);
    }

    [Fact]
    public async Task A_child_that_fails_while_its_parent_is_paused_is_heard_of_after_a_kill_when_that_goes_on()
    {
        await using var server = await ServerProcess.StartAsync();
        await CreateAsync(server, """
            {"id":"child","name":"Child","nodes":[{"id":"wait","type":"waitForEvent","config":{"name":"go"}},{"id":"no","type":"fail","config":{"message":"It cannot be.","code":"never"}}],
             "edges":[{"source":"wait","target":"no"}]}
            """);
        await CreateAsync(server, """
            {"id":"parent","name":"Parent","nodes":[{"id":"call","type":"subworkflow","config":{"workflowId":"child"}},{"id":"rescue","type":"transform","config":{"expression":"data.error.message"}}],
             "edges":[{"source":"call","target":"rescue","port":"error"}]}
            """);
        var parent = Id((await server.PostAsync("api/v1/workflows/parent/execute", "{}")).Body);
        await UntilAtAsync(server, parent, "waiting");
        var child = Id((await server.GetAsync("api/v1/executions?workflowId=child"))[0]);
        await UntilAtAsync(server, child, "waiting");

        await server.PostAsync($"api/v1/executions/{parent}/pause", "{}");
        await UntilAtAsync(server, parent, "paused");
        await server.PostAsync($"api/v1/executions/{child}/signal", """{"name":"go"}""");
        await UntilAtAsync(server, child, "failed");
        server.Kill();
        await server.StartAgainAsync();

        Assert.Equal("paused", (await server.GetAsync($"api/v1/executions/{parent}")).GetProperty("status").GetString());
        await server.PostAsync($"api/v1/executions/{parent}/resume", "{}");
        var ended = await EndedAsync(server, parent);
        Assert.Equal("completed", ended.GetProperty("status").GetString());
        Assert.Contains("It cannot be.", ended.GetProperty("result").GetString()!, StringComparison.Ordinal);
    }

    private static Task UntilAtAsync(ServerProcess server, string execution, string status) =>
        UntilAsync(() => Journals.Query(server.DatabasePath, $"SELECT status FROM executions WHERE id = '{execution}'", row => row.GetString(0)) is [var now] && now == status);

    private static (int Total, int Safe, int NeedsMapping, int Blocked) Counts(JsonElement report)
    {
        int Of(string name) => report.GetProperty(name).GetInt32();
        return (Of("total"), Of("safe"), Of("needsMapping"), Of("blocked"));
    }

    private static string Held(string node, string result) => """
        {"id":"held","name":"Held","nodes":[{"id":"NODE","type":"waitForEvent","config":{"name":"go"}},{"id":"end","type":"transform","config":{"expression":"RESULT"}}],
         "edges":[{"source":"NODE","target":"end"}]}
        """.Replace("NODE", node, StringComparison.Ordinal).Replace("RESULT", result, StringComparison.Ordinal);

    private static async Task CreateAsync(ServerProcess server, string document)
    {
        var (status, body) = await server.PostAsync("api/v1/workflows", document);
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    private static async Task PutAsync(ServerProcess server, string document)
    {
        using var content = new StringContent(document, System.Text.Encoding.UTF8, "application/json");
        using var response = await server.Http.PutAsync(server.Url("api/v1/workflows/held"), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<JsonElement> EndedAsync(ServerProcess server, string id)
    {
        JsonElement execution = default;
        await UntilAsync(async () =>
        {
            execution = await server.GetAsync($"api/v1/executions/{id}");
            return execution.GetProperty("completedAt").ValueKind == JsonValueKind.String;
        });
        return execution;
    }

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
    }

    private static string Id(JsonElement execution) => execution.GetProperty("id").GetString()!;
}

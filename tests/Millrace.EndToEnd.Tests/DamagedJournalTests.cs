using System.Net;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>A disk has damaged the journal of one execution: its readers are told so, it can be ended and deleted, and nothing else suffers.</summary>
public sealed class DamagedJournalTests
{
    [Fact]
    public async Task An_execution_whose_journal_is_damaged_says_so_and_can_be_cancelled_and_deleted()
    {
        await using var server = await ServerProcess.StartAsync();
        await server.PostAsync("api/v1/workflows", """
            {"id":"patient","name":"Patient","nodes":[{"id":"nap","type":"delay","config":{"duration":"PT1H"}},{"id":"end","type":"noop"}],"edges":[{"source":"nap","target":"end"}]}
            """);
        var id = (await server.PostAsync("api/v1/workflows/patient/execute", "{}")).Body.GetProperty("id").GetString()!;
        var path = $"api/v1/executions/{id}";
        await UntilAsync(() => Journals.Query(server.DatabasePath, $"SELECT count(*) FROM executions WHERE id = '{id}' AND status = 'waiting' AND owner = 0", row => row.GetInt64(0))[0] == 1);
        server.Kill();
        Journals.Query(server.DatabasePath, $"UPDATE journal SET events = substr(events, 1, length(events) / 2) WHERE execution_id = '{id}'", row => 0);
        await server.StartAgainAsync();

        Assert.Equal("waiting", (await server.GetAsync(path)).GetProperty("status").GetString());
        Assert.Equal(id, (await server.GetAsync("api/v1/executions"))[0].GetProperty("id").GetString());
        foreach (var part in (string[])["/nodes", "/state", "/state?at=1"])
            await AssertUnreadableAsync(server, path + part, $"Execution '{id}' cannot be read: ", "Restore it from a backup, or cancel it.");

        Assert.Equal(HttpStatusCode.Accepted, (await server.PostAsync(path + "/cancel", """{"reason":"It is broken"}""")).Status);
        JsonElement ended = default;
        await UntilAsync(async () => (ended = await server.GetAsync(path)).GetProperty("status").GetString() == "cancelled");
        Assert.StartsWith("The execution could not be loaded: A journal row is damaged", ended.GetProperty("error").GetString());
        Assert.Equal("unloadable", ended.GetProperty("errorDetail").GetProperty("type").GetString());
        await AssertUnreadableAsync(server, path + "/nodes", $"Execution '{id}' cannot be read: ", "Restore it from a backup, or delete it.");
        Assert.Equal(HttpStatusCode.Conflict, (await server.PostAsync(path + "/cancel", "{}")).Status);

        var (_, deleted) = await server.PostAsync("api/v1/executions/bulk", $$"""{"action":"delete","ids":["{{id}}"]}""");
        Assert.Equal(204, deleted[0].GetProperty("status").GetInt32());
        using var gone = await server.Http.GetAsync(server.Url(path), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    private static async Task AssertUnreadableAsync(ServerProcess server, string path, string begins, string ends)
    {
        using var answer = await server.Http.GetAsync(server.Url(path), TestContext.Current.CancellationToken);
        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal((HttpStatusCode.InternalServerError, "unreadable_data"), (answer.StatusCode, problem.GetProperty("code").GetString()));
        Assert.StartsWith(begins, problem.GetProperty("detail").GetString());
        Assert.EndsWith(ends, problem.GetProperty("detail").GetString());
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    // Nothing outside the server says that it has; there is no signal to wait on but what it answers.
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
    }
}

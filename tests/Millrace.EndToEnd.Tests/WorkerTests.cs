using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>kill -9 of the server and of workers while tasks are queued, leased and ended: nothing is lost, and nothing counts twice.</summary>
public sealed class WorkerTests
{
    private const int Executions = 150;
    private const int Kills = 6;
    private const string Register = """{"worker":"tests","types":[{"type":"stamp","configSchema":{"type":"object","required":["n"]}}]}""";

    [Fact]
    public async Task Over_many_kills_of_the_server_every_task_ends_once_and_every_acknowledged_end_counts()
    {
        await using var server = await ServerProcess.StartAsync();
        await SaveAsync(server);
        for (var n = 0; n < Executions; n++)
            Assert.Equal(HttpStatusCode.Accepted, (await server.PostAsync("api/v1/workflows/stamps/execute", $$"""{"input":{"n":{{n}}} }""")).Status);
        var ends = new Ends();
        using var over = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 6).Select(number => WorkAsync(server, number, ends, over.Token)).ToList();
        for (var kill = 1; kill <= Kills; kill++)
        {
            await ends.WhenAsync(Executions * 2 * kill / (Kills + 1), over.Token);
            server.Kill();
            await server.StartAgainAsync();
        }
        var statuses = await WhenAllEndedAsync(server);
        await over.CancelAsync();
        await Task.WhenAll(workers);

        Assert.Equal(Executions, statuses.Count);
        Assert.All(statuses, status => Assert.Equal("completed", status));
        Journals.AssertWhole(server.DatabasePath);
        var recorded = Journals.Query(server.DatabasePath, "SELECT execution_id, node_id, data FROM journal_events WHERE type = 'node_completed' AND node_id IN ('one', 'two')", row => (Task: $"{row.GetString(0)}:{row.GetString(1)}", Output: JsonSerializer.Deserialize<JsonElement>(row.GetString(2)).GetProperty("output").GetString()!));
        Assert.Equal(Executions * 2, recorded.Count);
        Assert.Equal(Executions * 2, recorded.Select(end => end.Task).Distinct().Count());
        // What was acknowledged is what counts; the other way round an answer may have been lost with the server.
        var outputs = recorded.ToDictionary(end => end.Task, end => end.Output);
        Assert.NotEmpty(ends.Acknowledged);
        Assert.All(ends.Acknowledged, end => Assert.Equal(end.Output, outputs[end.Task]));
        Assert.Equal(ends.Acknowledged.Count, ends.Acknowledged.Select(end => end.Task).Distinct().Count());
        Assert.Empty(Journals.Query(server.DatabasePath, "SELECT id FROM tasks WHERE status <> 'answered'", row => row.GetString(0)));
    }

    [Fact]
    public async Task A_killed_worker_s_task_goes_on_in_another_where_it_was_and_over_a_kill_of_the_server()
    {
        await using var server = await ServerProcess.StartAsync();
        await using var first = await PythonWorker.StartAsync(server, leaseSeconds: 2);
        var (saved, body) = await server.PostAsync("api/v1/workflows", """
            {"id":"primes","name":"Primes","nodes":[{"id":"count","type":"countPrimes","config":{"below":1000000}},{"id":"few","type":"fail","config":{"message":"few"}},{"id":"many","type":"output","config":{"value":"{{count.output.primes}}"}}],
             "edges":[{"source":"count","target":"few","port":"few"},{"source":"count","target":"many","port":"many"}]}
            """);
        Assert.True(saved == HttpStatusCode.Created, body.ToString());
        var (_, started) = await server.PostAsync("api/v1/workflows/primes/execute", "{}");
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (Journals.Query(server.DatabasePath, "SELECT progress FROM tasks WHERE progress IS NOT NULL", row => row.GetString(0)).Count == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        await first.KillAsync();
        server.Kill();
        await server.StartAgainAsync();
        await using var second = await PythonWorker.StartAsync(server, leaseSeconds: 2);
        await second.WhenSaidAsync(": complete");

        var ended = await WhenEndedAsync(server, started.GetProperty("id").GetString()!);
        Assert.Equal(("completed", 78_498), (ended.GetProperty("status").GetString(), ended.GetProperty("result").GetInt32()));
    }

    private static async Task SaveAsync(ServerProcess server)
    {
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("api/v1/worker/register", Register)).Status);
        var (status, body) = await server.PostAsync("api/v1/workflows", """
            {"id":"stamps","name":"Stamps","nodes":[{"id":"start","type":"start"},{"id":"one","type":"stamp","config":{"n":"{{input.n}}"}},{"id":"two","type":"stamp","config":{"n":"{{one.output}}"}}],
             "edges":[{"source":"start","target":"one"},{"source":"one","target":"two"}]}
            """);
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    // A worker as a client is written: whatever is not answered is said again.
    private static async Task WorkAsync(ServerProcess server, int number, Ends ends, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            JsonElement tasks = default;
            if (!await AskAsync(async () => (_, tasks) = await server.PostAsync("api/v1/worker/poll", $$"""{"worker":"w{{number}}","types":["stamp"],"max":{{1 + number}},"waitSeconds":1,"lease":"PT3S"}"""), over) || tasks.ValueKind != JsonValueKind.Array)
                continue;
            foreach (var task in tasks.EnumerateArray())
                await EndAsync(server, task, ends, over);
        }
    }

    private static async Task EndAsync(ServerProcess server, JsonElement task, Ends ends, CancellationToken over)
    {
        // No two deliveries give the same output.
        var output = Guid.NewGuid().ToString();
        HttpStatusCode status = default;
        while (!await AskAsync(async () => (status, _) = await server.PostAsync($"api/v1/worker/{task.GetProperty("id").GetString()}/complete", $$"""{"token":"{{task.GetProperty("token").GetString()}}","output":"{{output}}"}"""), over) || status == HttpStatusCode.ServiceUnavailable)
        {
            if (over.IsCancellationRequested)
                return;
        }
        if (status == HttpStatusCode.OK)
            ends.Add($"{task.GetProperty("executionId").GetString()}:{task.GetProperty("nodeId").GetString()}", output);
        else
            Assert.True(status is HttpStatusCode.Conflict or HttpStatusCode.Gone, status.ToString());
    }

    // False: the server was killed meanwhile, or is not there yet.
    private static async Task<bool> AskAsync(Func<Task> ask, CancellationToken over)
    {
        if (await ServerProcess.TryAsync(ask))
            return true;
        await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(50), over));
        return false;
    }

    private static async Task<List<string>> WhenAllEndedAsync(ServerProcess server)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (true)
        {
            var statuses = Journals.Query(server.DatabasePath, "SELECT status FROM workflow_executions", row => row.GetString(0));
            if (statuses.TrueForAll(status => status is "completed" or "failed" or "cancelled"))
                return statuses;
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    private static async Task<JsonElement> WhenEndedAsync(ServerProcess server, string execution)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (true)
        {
            var current = await server.GetAsync($"api/v1/executions/{execution}");
            if (current.GetProperty("status").GetString() is "completed" or "failed" or "cancelled")
                return current;
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    /// <summary>The ends that the server has acknowledged.</summary>
    private sealed class Ends
    {
        private readonly ConcurrentQueue<(string Task, string Output)> _acknowledged = new();

        public ConcurrentQueue<(string Task, string Output)> Acknowledged => _acknowledged;

        public void Add(string task, string output) => _acknowledged.Enqueue((task, output));

        public async Task WhenAsync(int count, CancellationToken over)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(over);
            patience.CancelAfter(ServerProcess.Patience);
            while (_acknowledged.Count < count)
                await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }
}

using System.Net;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>kill -9 in the middle of work: nothing acknowledged is lost, and nothing recorded happens again.</summary>
public sealed class CrashTests
{
    private const int Executions = 1_000;

    [Fact]
    public async Task After_kill_9_all_executions_end_and_no_recorded_node_runs_again()
    {
        await using var witness = await Witness.StartAsync();
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        await SaveWorkflowAsync(server, witness.Url);

        // Killed while starts are still coming in and while effects run: some callers never hear whether theirs was accepted.
        var submitting = SubmitAsync(server);
        await witness.WhenCalledAsync(Executions);
        server.Kill();
        var accepted = await submitting;
        Assert.InRange(accepted.Count, 1, Executions);
        var recordedBefore = RecordedEffects(server.DatabasePath);
        var callsBefore = witness.Keys.Count;
        Assert.NotEmpty(recordedBefore);

        await server.StartAgainAsync();
        var stored = await WhenAllEndedAsync(server);

        Assert.Empty(accepted.Except(stored.Keys));
        Assert.All(stored, execution => Assert.Equal("completed", execution.Value));
        var callsAfter = witness.Keys.Skip(callsBefore).ToList();
        Assert.NotEmpty(callsAfter);
        Assert.Empty(callsAfter.Intersect(recordedBefore));
        // At least once, and never more than the once that was under way at the kill.
        var calls = witness.Keys.GroupBy(key => key).ToDictionary(group => group.Key, group => group.Count());
        Assert.All(stored.Keys, id => Assert.All(new[] { "a", "b", "c" }, node => Assert.InRange(calls.GetValueOrDefault($"{id}:{node}::0"), 1, 2)));
        Journals.AssertWhole(server.DatabasePath);
    }

    private static async Task SaveWorkflowAsync(ServerProcess server, string witness)
    {
        string Node(string id) => $$$"""{"id":"{{{id}}}","type":"http","config":{"method":"POST","url":"{{{witness}}}/{{{id}}}","body":{"n":"{{input.n}}"} } }""";
        var (status, body) = await server.PostAsync("api/v1/workflows", $$"""
            {"id":"crash","name":"Crash","nodes":[{"id":"start","type":"start"},{{Node("a")}},{{Node("b")}},{{Node("c")}}],
             "edges":[{"source":"start","target":"a"},{"source":"a","target":"b"},{"source":"b","target":"c"}]}
            """);
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    private static async Task<List<string>> SubmitAsync(ServerProcess server)
    {
        var ids = new List<string>();
        var gate = new Lock();
        await Parallel.ForEachAsync(Enumerable.Range(0, Executions), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (n, _) =>
        {
            try
            {
                var (status, body) = await server.PostAsync("api/v1/workflows/crash/execute", $$"""{"input":{"n":{{n}} } }""");
                if (status == HttpStatusCode.Accepted)
                {
                    lock (gate)
                        ids.Add(body.GetProperty("id").GetString()!);
                }
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or IOException)
            {
                // The server was killed before it could answer: nothing was promised.
            }
        });
        return ids;
    }

    private static async Task<Dictionary<string, string>> WhenAllEndedAsync(ServerProcess server)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (true)
        {
            var statuses = Journals.Query(server.DatabasePath, "SELECT id, status FROM workflow_executions", row => (Id: row.GetString(0), Status: row.GetString(1)));
            if (statuses.TrueForAll(execution => execution.Status is "completed" or "failed" or "cancelled"))
                return statuses.ToDictionary(execution => execution.Id, execution => execution.Status);
            await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
    }

    private static HashSet<string> RecordedEffects(string database) =>
        [.. Journals.Query(database, "SELECT execution_id, node_id FROM journal_events WHERE type = 'node_completed'", row => $"{row.GetString(0)}:{row.GetString(1)}::0")];
}

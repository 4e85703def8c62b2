using System.Net;
using System.Text.Json;

namespace Millrace.EndToEnd.Tests;

/// <summary>kill -9 while many executions ask for the same results, and publish that they have them.</summary>
public sealed class CacheCrashTests
{
    private const int Kills = 3;
    private const int Keys = 12;
    private const int ExecutionsPerKey = 15;

    [Fact]
    public async Task A_result_is_computed_once_and_an_event_published_once()
    {
        var answers = 0;
        await using var witness = await Witness.StartAsync(TimeSpan.FromMilliseconds(40), _ => new WitnessAnswer(200, $"{Interlocked.Increment(ref answers)}"));
        await using var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        await SaveAsync(server, witness.Url);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var n in Enumerable.Range(0, Keys * ExecutionsPerKey))
        {
            var (status, started) = await server.PostAsync("api/v1/workflows/cached/execute", $$"""{"input":{"key":"k{{n % Keys}}"} }""");
            Assert.Equal(HttpStatusCode.Accepted, status);
            ids.Add(started.GetProperty("id").GetString()!, n % Keys);
            // In the middle of computing, each time with others waiting for what is computed.
            if (n is 5 or Keys + 5 or (3 * Keys) + 5)
            {
                server.Kill();
                await server.StartAgainAsync();
            }
        }

        var results = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var id in ids.Keys)
            results.Add(id, await ResultOfAsync(server, id));

        // One value of each key, whoever computed it and however often the process died meanwhile.
        Assert.All(ids.GroupBy(one => one.Value, one => one.Key), ofKey => Assert.Single(ofKey.Select(id => results[id]).Distinct()));
        var computed = Journals.Query(server.DatabasePath, "select execution_id from journal_events where type = 'node_completed' and node_id = 'ask'", row => row.GetString(0));
        Assert.Equal(Keys, computed.Select(id => ids[id]).Distinct().Count());
        Assert.Equal(Keys, computed.Count);
        // What was under way at a kill is done again, under its key.
        Assert.Equal(Keys, witness.Keys.Distinct().Count());
        Assert.InRange(witness.Keys.Count, Keys, Keys + (Kills * Keys));
        var events = Journals.Query(server.DatabasePath, "select id from published_events", row => row.GetString(0));
        Assert.Equal(ids.Keys.Select(id => $"{id}:tell::0").Order(StringComparer.Ordinal), events.Order(StringComparer.Ordinal));
        Journals.AssertWhole(server.DatabasePath);
    }

    private static async Task SaveAsync(ServerProcess server, string witness)
    {
        var (status, body) = await server.PostAsync("api/v1/workflows", $$$"""
            {"id":"cached","name":"Cached","nodes":[
              {"id":"look","type":"cache","config":{"key":"{{input.key}}","body":{"nodes":[{"id":"ask","type":"http","config":{"method":"POST","url":"{{{witness}}}"} }],"edges":[]} } },
              {"id":"tell","type":"emit","config":{"type":"test.cached","data":"{{look.output.body}}"} },
              {"id":"out","type":"output","config":{"value":"{{look.output.body}}"} }],
             "edges":[{"source":"look","target":"tell"},{"source":"tell","target":"out"}]}
            """);
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    private static async Task<string> ResultOfAsync(ServerProcess server, string id)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (true)
        {
            var execution = await server.GetAsync($"api/v1/executions/{id}");
            if (execution.GetProperty("completedAt").ValueKind == JsonValueKind.String)
            {
                Assert.Equal("completed", execution.GetProperty("status").GetString());
                return execution.GetProperty("result").GetRawText();
            }
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}

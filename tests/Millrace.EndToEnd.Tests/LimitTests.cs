using System.Net;

namespace Millrace.EndToEnd.Tests;

/// <summary>Limits as somebody outside sees them kept, also across kill -9.</summary>
public sealed class LimitTests
{
    private const int Starts = 20;

    [Theory]
    [InlineData("""{"concurrency":2}""", null)]
    [InlineData("{}", "2")]
    public async Task Of_twenty_starts_never_more_than_two_run_at_once_and_all_end_although_the_server_is_killed(string settings, string? tenantConcurrency)
    {
        await using var witness = await Witness.StartAsync(TimeSpan.FromMilliseconds(50));
        await using var server = await ServerProcess.StartAsync([("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"), .. tenantConcurrency is null ? [] : new[] { ("TENANT_CONCURRENCY", tenantConcurrency) }]);
        await SaveAsync(server, witness.Url, settings);
        var ids = new List<string>();
        for (var n = 0; n < Starts; n++)
        {
            var (status, body) = await server.PostAsync("api/v1/workflows/limited/execute", "{}");
            Assert.True(status == HttpStatusCode.Accepted, body.ToString());
            ids.Add(body.GetProperty("id").GetString()!);
        }
        await witness.WhenCalledAsync(Starts / 2);
        var seen = await StatusesAsync(server);
        Assert.Contains("pending", seen);

        server.Kill();
        await server.StartAgainAsync();

        foreach (var id in ids)
            Assert.Equal("completed", await WhenEndedAsync(server, id));
        Assert.Equal(2, witness.Most);
        // Each ran once, but for those that the kill caught.
        var calls = witness.Keys.GroupBy(key => key).Select(group => group.Count()).ToList();
        Assert.Equal(Starts, calls.Count);
        Assert.InRange(calls.Sum(), Starts, Starts + 2);
        Assert.Equal(0, (await server.GetAsync("api/v1/limits")).GetArrayLength());
    }

    private static async Task SaveAsync(ServerProcess server, string witness, string settings)
    {
        var (status, body) = await server.PostAsync("api/v1/workflows", $$"""
            {"id":"limited","name":"Limited","settings":{{settings}},"nodes":[{"id":"start","type":"start"},
              {"id":"call","type":"http","config":{"method":"POST","url":"{{witness}}/call"} }],
             "edges":[{"source":"start","target":"call"}]}
            """);
        Assert.True(status == HttpStatusCode.Created, body.ToString());
    }

    private static async Task<List<string?>> StatusesAsync(ServerProcess server) =>
        [.. (await server.GetAsync("api/v1/executions?limit=200")).EnumerateArray().Select(execution => execution.GetProperty("status").GetString())];

    private static async Task<string?> WhenEndedAsync(ServerProcess server, string id)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        while (true)
        {
            var status = (await server.GetAsync($"api/v1/executions/{id}")).GetProperty("status").GetString();
            if (status is "completed" or "failed" or "cancelled")
                return status;
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}

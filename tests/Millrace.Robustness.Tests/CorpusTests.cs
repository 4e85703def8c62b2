using Millrace.Core.Values;
using Millrace.Robustness.Tests.Requests;
using Millrace.Server.Tests;

namespace Millrace.Robustness.Tests;

public sealed class CorpusTests(ITestOutputHelper output)
{
    private const int Count = 20_000;
    private const int WarmUp = 6_000;
    private const int Seed = 20_261_120;
    private const long MaxGrowth = 32 * 1024 * 1024;

    [Fact]
    public async Task Twenty_thousand_hostile_requests_do_no_harm()
    {
        await using var server = await ServerFixture.StartAsync();
        var subjects = await Subjects.CreateAsync(server);
        var requests = RequestMix.Create(Count, Seed, subjects, Route.All(server.Server.Services));
        Assert.Equal(Count, requests.Count);
        var volley = new Volley(server.Client.BaseAddress!);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        await volley.SendAsync([.. requests.Take(WarmUp)], TestContext.Current.CancellationToken);
        var before = Heap();
        await volley.SendAsync([.. requests.Skip(WarmUp)], TestContext.Current.CancellationToken);

        output.WriteLine($"{Count} requests in {clock.Elapsed.TotalSeconds:0} s, slowest {volley.Slowest.TotalSeconds:0.00} s; {string.Join(", ", volley.Statuses.OrderBy(status => status.Key).Select(status => $"{status.Key}: {status.Value}"))}");
        Assert.True(volley.Complaints.Count == 0, string.Join("\n\n", volley.Complaints));
        await EverythingEndsAsync(server);
        await ItStillWorksAsync(server);
        var growth = Heap() - before;
        output.WriteLine($"heap {before / 1_000_000} MB, grown by {growth / 1_000} KB");
        Assert.True(growth < MaxGrowth, $"The heap has grown by {growth} bytes.");
    }

    // Not one execution may be left that nothing will ever move: what waits can be cancelled, the rest ends by itself.
    private static async Task EverythingEndsAsync(ServerFixture server)
    {
        foreach (var status in (string[])["waiting", "running", "pending"])
        {
            while ((await server.GetAsync($"/api/v1/executions?status={status}&limit=200")).Body.AsList().ToArray() is { Length: > 0 } left)
            {
                foreach (var execution in left)
                    await EndsAsync(server, execution["id"].AsString());
            }
        }
    }

    // Told by its events: what never comes to one of these fails by the patience of the reader.
    private static async Task EndsAsync(ServerFixture server, string id)
    {
        await using var stream = await SseReader.OpenAsync(server, $"/api/v1/executions/{id}/events");
        while (await stream.NextAsync() is { Type: not "end" } e)
        {
            if (e.Type is not "workflow_waiting")
                continue;
            var answer = await server.PostAsync($"/api/v1/executions/{id}/cancel", null);
            Assert.True(answer.Status is 200 or 202 or 409, answer.Text);
        }
    }

    private static async Task ItStillWorksAsync(ServerFixture server)
    {
        var id = await server.CreateAsync(Server.Tests.Documents.Sum);
        var ran = await server.PostAsync($"/api/v1/workflows/{id}/execute?wait=30", """{"input": {"x": 41}}""");
        Assert.Equal(200, ran.Status);
        Assert.Equal("completed", ran["status"].AsString());
        Assert.Equal(42, ran["result"]["y"].AsInt());
    }

    private static long Heap()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}

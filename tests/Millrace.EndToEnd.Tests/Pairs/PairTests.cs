using System.Globalization;
using System.Net;

namespace Millrace.EndToEnd.Tests.Pairs;

/// <summary>Every construct alone and in every other one, all at once at one real server, against the interpreter; and the same while that is killed.</summary>
public sealed class PairTests
{
    private const int Kills = 8;
    private const int Callers = 16;
    private static readonly TimeSpan LongestLife = TimeSpan.FromMilliseconds(1_500);

    private List<Pair> _pairs = [];

    [Fact]
    public async Task Every_pair_of_constructs_comes_to_the_same_over_http()
    {
        await using var witness = await StartWitnessAsync();
        await using var server = await StartServerAsync(witness);
        await UntilAllEndedAsync(server, "calm");
        await CheckAsync(server, wasKilled: false);
    }

    [Fact]
    public async Task Every_pair_of_constructs_comes_to_the_same_over_http_while_the_server_is_killed()
    {
        await using var witness = await StartWitnessAsync();
        await using var server = await StartServerAsync(witness);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var working = UntilAllEndedAsync(server, "killed");
        var random = new Random(Environment.TickCount);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(LongestLife * random.NextDouble(), stop.Token);
            server.Kill();
            await server.StartAgainAsync();
        }
        await working;
        await CheckAsync(server, wasKilled: true);
        // Kills that caught nothing under way would prove nothing.
        Assert.True(witness.Keys.Count > witness.Keys.Distinct().Count() + Kills, $"Of {witness.Keys.Count} calls only {witness.Keys.Count - witness.Keys.Distinct().Count()} were repeated.");
        Journals.AssertWhole(server.DatabasePath);
    }

    private Task<Witness> StartWitnessAsync() => Witness.StartAsync(TimeSpan.FromMilliseconds(2), AnswerTo);

    // {executionId}:{nodeId}:{iteration}:{generation}
    private WitnessAnswer AnswerTo(WitnessedCall call)
    {
        var key = call.Key.Split(':');
        var number = int.Parse(call.Path.Split('/')[1], CultureInfo.InvariantCulture);
        return _pairs[number].Script.AnswerTo(key[1], key[2], call.Times);
    }

    private async Task<ServerProcess> StartServerAsync(Witness witness)
    {
        _pairs = Pair.All();
        var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        foreach (var child in new[] { CalledScript.Completing, CalledScript.Failing })
            Assert.Equal(HttpStatusCode.Created, (await server.PostAsync("api/v1/workflows", child)).Status);
        await Parallel.ForEachAsync(_pairs, Side, async (pair, _) => await pair.SaveAsync(server, new Uri(witness.Url)));
        return server;
    }

    private async Task UntilAllEndedAsync(ServerProcess server, string pass)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        var left = _pairs.FindAll(pair => !pair.IsRefused);
        while (left.Count > 0)
        {
            await Parallel.ForEachAsync(left, Side, async (pair, _) => await ServerProcess.TryAsync(() => pair.ExecutionId.Length == 0 ? pair.StartAsync(server, pass) : pair.AnswerAsync(server)));
            left.RemoveAll(pair => pair.HasEnded);
            if (patience.IsCancellationRequested)
                Assert.Fail($"They do not end: {string.Join(", ", left.Select(pair => pair.Name))}\n{await server.GetAsync($"api/v1/executions/{left[0].ExecutionId}/journal")}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }

    private async Task CheckAsync(ServerProcess server, bool wasKilled)
    {
        var compared = 0;
        foreach (var pair in _pairs.Where(pair => !pair.IsRefused))
        {
            try
            {
                compared += await pair.CheckAsync(server, wasKilled) ? 1 : 0;
            }
            catch (Exception failure)
            {
                Assert.Fail($"{pair.Name}: {failure.Message}\n{await server.GetAsync($"api/v1/executions/{pair.ExecutionId}/journal")}");
            }
        }
        Assert.True(compared > _pairs.Count * 9 / 10, $"Of {_pairs.Count} pairs only {compared} could be compared.");
    }

    private static ParallelOptions Side => new() { MaxDegreeOfParallelism = Callers, CancellationToken = TestContext.Current.CancellationToken };
}

using System.Globalization;
using Millrace.Simulation.Tests.Workflows;
using Millrace.Tests.Served;

namespace Millrace.EndToEnd.Tests;

/// <summary>Every construct alone and in every other one, all at once at one real server, against the interpreter; and the same while that is killed.</summary>
public sealed class PairTests
{
    private const int Kills = 8;
    private const int Callers = 16;
    private static readonly TimeSpan MaxLife = TimeSpan.FromMilliseconds(1_500);

    private List<ServedExecution> _pairs = [];

    [Fact]
    public async Task Every_pair_of_constructs_comes_to_the_same_over_http()
    {
        await using var witness = await StartWitnessAsync();
        await using var server = await StartServerAsync(witness);
        await UntilAllEndedAsync(server);
        await CheckAsync(server, wasKilled: false);
    }

    [Fact]
    public async Task Every_pair_of_constructs_comes_to_the_same_over_http_while_the_server_is_killed()
    {
        await using var witness = await StartWitnessAsync();
        await using var server = await StartServerAsync(witness);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var working = UntilAllEndedAsync(server);
        var random = new Random(Environment.TickCount);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(MaxLife * random.NextDouble(), stop.Token);
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
        var workflows = All(new Uri(witness.Url));
        _pairs = [.. workflows.Where(workflow => workflow.IsValid).Select((workflow, number) => new ServedExecution(workflow, number))];
        var server = await ServerProcess.StartAsync(("HTTP_ALLOWED_NETWORKS", "127.0.0.0/8"));
        await ServedWorkflow.SaveChildrenAsync(server);
        await Parallel.ForEachAsync(workflows, Side, async (workflow, _) => await workflow.SaveAsync(server));
        return server;
    }

    private static List<ServedWorkflow> All(Uri witness)
    {
        var alone = Constructs.Inner.Select(inner => new ServedWorkflow(inner.Key, inner.Value.ToPlan(), witness));
        var nested = Constructs.Outer.SelectMany(outer => Constructs.Inner.Select(inner => new ServedWorkflow($"{inner.Key} in {outer}", Constructs.Around(outer, inner.Value, "o").ToPlan(), witness)));
        return [.. alone, .. nested];
    }

    private async Task UntilAllEndedAsync(ServerProcess server)
    {
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        var left = _pairs.ToList();
        while (left.Count > 0)
        {
            await Parallel.ForEachAsync(left, Side, async (pair, _) => await ServerProcess.TryAsync(() => pair.IsAcknowledged ? pair.AnswerAsync(server) : pair.StartAsync(server)));
            left.RemoveAll(pair => pair.HasEnded);
            if (patience.IsCancellationRequested)
                Assert.Fail($"They do not end: {string.Join(", ", left.Select(pair => pair.Name))}\n{await server.GetAsync($"api/v1/executions/{left[0].Id}/journal")}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }

    private async Task CheckAsync(ServerProcess server, bool wasKilled)
    {
        var compared = 0;
        foreach (var pair in _pairs)
        {
            try
            {
                compared += await pair.CheckAsync(server, wasKilled) ? 1 : 0;
            }
            catch (Exception failure)
            {
                Assert.Fail($"{pair.Name}: {failure.Message}\n{await server.GetAsync($"api/v1/executions/{pair.Id}/journal")}");
            }
        }
        Assert.True(compared > _pairs.Count * 9 / 10, $"Of {_pairs.Count} pairs only {compared} could be compared.");
    }

    private static ParallelOptions Side => new() { MaxDegreeOfParallelism = Callers, CancellationToken = TestContext.Current.CancellationToken };
}

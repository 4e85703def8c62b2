using System.Text.Json;
using Millrace.Checking;

namespace Millrace.Destruction.Tests.Checking;

/// <summary>Looks at everything a server has once all is over, and checks it.</summary>
internal static class Aftermath
{
    private const int Page = 200;
    private const int Readers = 12;
    private const int Streams = 200;

    /// <summary>Checks what is stored, what the world saw, and that what came of each execution is what the interpreter says.</summary>
    /// <returns>How many executions could be compared with the interpreter.</returns>
    public static async Task<int> CheckAsync(ServerProcess server, IReadOnlyList<ServedExecution> executions, IReadOnlyList<WitnessedCall> calls)
    {
        var stored = await ReadAsync(server);
        var events = stored.SelectMany(execution => execution.Journal.Where(e => e.IsOfNode).Select(e => (execution.Id, Event: e))).ToLookup(one => (one.Id, one.Event.NodeId!, one.Event.Iteration), one => one.Event);
        var bodies = calls.Select(call => Seen.Body(call, events)).ToList();
        List<Violation> violations =
        [
            .. Checker.Check(new Evidence { Executions = stored, Bodies = bodies, Acknowledged = [.. executions.Select(execution => new Acknowledgement.Started(execution.Id))], QuietAt = DateTimeOffset.UtcNow }),
            .. Seen.TooManyCalls(bodies, events),
        ];
        if (violations.Count > 0)
            Assert.Fail($"{violations.Count} promises were broken:\n{string.Join('\n', violations.Take(20))}\n{await server.GetAsync($"api/v1/executions/{violations[0].ExecutionId}/journal?limit=10000")}");
        await Parallel.ForEachAsync(stored.Take(Streams), Side, async (execution, _) => await CheckStreamAsync(server, execution));
        return await CompareAsync(server, executions);
    }

    // What is streamed again is the journal, event by event, and then the end.
    private static async Task CheckStreamAsync(ServerProcess server, ExecutionEvidence execution)
    {
        var lines = (await server.Http.GetStringAsync(server.Url($"api/v1/executions/{execution.Id}/events"), TestContext.Current.CancellationToken)).Split('\n');
        var types = lines.Where(line => line.StartsWith("event: ", StringComparison.Ordinal)).Select(line => line["event: ".Length..].TrimEnd());
        var ids = lines.Where(line => line.StartsWith("id: ", StringComparison.Ordinal)).Select(line => line["id: ".Length..].TrimEnd());
        Assert.Equal(execution.Journal.Select(e => e.Type).Append("end"), types);
        Assert.Equal(execution.Journal.Select(e => $"{e.Seq}"), ids);
    }

    /// <summary>Everything that is stored.</summary>
    private static async Task<IReadOnlyList<ExecutionEvidence>> ReadAsync(ServerProcess server)
    {
        var rows = new List<JsonElement>();
        for (var cursor = ""; ;)
        {
            var page = await server.GetAsync($"api/v1/executions?limit={Page}{cursor}");
            rows.AddRange(page.EnumerateArray());
            if (page.GetArrayLength() < Page)
                break;
            cursor = $"&cursor={rows[^1].GetProperty("id").GetString()}";
        }
        var executions = new ExecutionEvidence[rows.Count];
        await Parallel.ForAsync(0, rows.Count, Side, async (i, _) =>
        {
            var path = $"api/v1/executions/{rows[i].GetProperty("id").GetString()}";
            executions[i] = Seen.Execution(rows[i], await server.GetAsync($"{path}/journal?limit=10000"), await NodesAsync(server, path));
        });
        return executions;
    }

    private static async Task<List<JsonElement>> NodesAsync(ServerProcess server, string path)
    {
        var nodes = new List<JsonElement>();
        for (var count = -1; count < nodes.Count;)
        {
            count = nodes.Count;
            // Runs are numbered from 1.
            nodes.AddRange((await server.GetAsync($"{path}/nodes?limit={Page}&cursor={count}")).EnumerateArray());
        }
        return nodes;
    }

    private static async Task<int> CompareAsync(ServerProcess server, IReadOnlyList<ServedExecution> executions)
    {
        var compared = 0;
        await Parallel.ForEachAsync(executions, Side, async (execution, _) =>
        {
            try
            {
                if (await execution.CheckAsync(server, wasKilled: true))
                    Interlocked.Increment(ref compared);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Assert.Fail($"{execution.Name}: {failure.Message}\n{await server.GetAsync($"api/v1/executions/{execution.Id}/journal")}");
            }
        });
        return compared;
    }

    private static ParallelOptions Side => new() { MaxDegreeOfParallelism = Readers, CancellationToken = TestContext.Current.CancellationToken };
}

using System.Text.Json;

namespace Millrace.Destruction.Tests.Checking;

/// <summary>Looks at everything a server has once all is over, and checks it.</summary>
internal static class Aftermath
{
    private const int Page = 200;
    private const int Readers = 12;

    /// <summary>Checks what is stored, what the world saw, and that what came of each execution is what the interpreter says.</summary>
    /// <returns>How many executions could be compared with the interpreter.</returns>
    public static async Task<int> CheckAsync(ServerProcess server, IReadOnlyList<ServedExecution> executions, IReadOnlyList<WitnessedCall> calls)
    {
        var stored = await ReadAsync(server);
        var problems = Checker.Check(stored, [.. executions.Select(execution => execution.Id)], calls);
        Assert.True(problems.Count == 0, $"{problems.Count} problems: {string.Join('\n', problems.Take(20))}\n{Journal(stored, problems.FirstOrDefault())}");
        return await CompareAsync(server, executions);
    }

    private static string Journal(IReadOnlyList<CheckedExecution> stored, string? problem) =>
        stored.FirstOrDefault(execution => problem?.StartsWith(execution.Id, StringComparison.Ordinal) == true) is { } one ? string.Join('\n', one.Journal) : "";

    /// <summary>Everything that is stored.</summary>
    public static async Task<IReadOnlyList<CheckedExecution>> ReadAsync(ServerProcess server)
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
        var executions = new CheckedExecution[rows.Count];
        await Parallel.ForAsync(0, rows.Count, Side, async (i, _) =>
            executions[i] = new CheckedExecution(rows[i], [.. (await server.GetAsync($"api/v1/executions/{rows[i].GetProperty("id").GetString()}/journal?limit=10000")).EnumerateArray()]));
        return executions;
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

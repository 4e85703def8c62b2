using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Testing.Storage;
using Millrace.Testing.Workflows.Running;

namespace Millrace.Testing.Workflows.Results;

/// <summary>Reads what came of a run from the journals that it left, as everybody does.</summary>
internal static class ResultReader
{
    private const int RunsOfPage = 10_000;

    public static async Task<WorkflowTestResult> ReadAsync(MemoryStore store, ExecutionHistory history, TestPlan plan, string rootId)
    {
        var results = new Dictionary<string, WorkflowTestResult>(StringComparer.Ordinal);
        var records = new List<ExecutionSummary>();
        string? after = null;
        do
        {
            (var page, after) = await store.ListExecutionsAsync(TestWorld.Tenant, new ExecutionFilter(), new Page(After: after));
            records.AddRange(page);
        }
        while (after is not null);
        foreach (var record in records)
            results.Add(
                record.Id,
                await ReadAsync(history, record, string.Equals(record.Id, rootId, StringComparison.Ordinal) ? [.. plan.Effects] : []));
        foreach (var children in records
            .Where(record => record.ParentId is not null)
            .GroupBy(record => record.ParentId!, StringComparer.Ordinal))
        {
            if (results.TryGetValue(children.Key, out var parent))
                parent.Children = [.. children.OrderBy(record => record.Id, StringComparer.Ordinal).Select(record => results[record.Id])];
        }
        return results[rootId];
    }

    private static async Task<WorkflowTestResult> ReadAsync(
        ExecutionHistory history, ExecutionSummary record, ImmutableArray<EffectCall> effects)
    {
        var events = new List<ExecutionEvent>();
        await history.ScanAsync(record, e =>
        {
            events.Add(e);
            return true;
        });
        var began = new Dictionary<(string NodeId, string Iteration), long>();
        foreach (var e in events.OfType<NodeEvent>().Where(e => e is not NodeSkipped))
            began.TryAdd((e.Node.Id, e.Iteration), e.Seq);
        var runs = (await RunsAsync(history, record))
            .OrderBy(run => began.GetValueOrDefault((run.Row.NodeId, run.Row.Iteration), long.MaxValue));
        return new WorkflowTestResult(await history.ReadStateAsync(record), events, [.. runs.Select(NodeResult.Of)]) { Effects = effects };
    }

    private static async Task<List<NodeRunDetails>> RunsAsync(ExecutionHistory history, ExecutionSummary record)
    {
        var runs = new List<NodeRunDetails>();
        for (int? after = 0; after is { } from;)
        {
            var page = await history.Runs.ReadAsync(record, from, RunsOfPage);
            runs.AddRange(page.Runs);
            after = page.Next;
        }
        return runs;
    }
}

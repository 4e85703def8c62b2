using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Engine.Workflows;
using Millrace.Nodes;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench;

/// <summary>What it costs as it grows: workflows of more nodes, stores of more executions.</summary>
internal static class GrowthRuns
{
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(5);

    public static void Run(Report report) => RunAsync(report).GetAwaiter().GetResult();

    private static async Task RunAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));
        using var http = new OutgoingHttp(new AddressGuard([]));
        var types = new NodeRegistry(
            BuiltInNodes.All(
                http, new ModelSettings().CreateProviders(TimeProvider.System), new FileStorage(Path.Combine(directory.Path, "storage"))));
        await using var opened = MillraceEngine.Open(new EngineSetup { Store = store, Nodes = types, Time = TimeProvider.System });
        var (engine, workflows) = (opened.Executions, opened.Workflows);
        engine.Start();

        report.Heading("growth: one execution at a time of a chain of pure nodes; items are nodes");
        // The document gets a start node besides; 10,000 is the most.
        int[] sizes = [10, 100, 1_000, 9_999];
        foreach (var nodes in sizes)
            await SaveAsync(workflows, $"chain{nodes}", nodes);
        // A long execution takes as long as thousands of short ones: without this the compiler would still be at work.
        for (var warmup = Stopwatch.StartNew(); warmup.Elapsed < Warmup;)
            RunOne(engine, $"chain{sizes[^1]}");
        foreach (var nodes in sizes)
            report.Measure($"chain of {nodes:N0} nodes", nodes, () => RunOne(engine, $"chain{nodes}"));

        report.Heading("growth: with so many executions stored");
        var stored = 0;
        foreach (var total in new[] { 1_000, 10_000, 100_000, 1_000_000 })
        {
            await FillAsync(opened.Committer, new RandomIds(), total - stored);
            stored = total;
            var known = (await store.ListExecutionsAsync("default", new ExecutionFilter(), new Page(1))).Executions[0].Id;
            report.Measure($"start and end, {total:N0} stored", 1, () => RunOne(engine, "chain10"));
            report.Measure($"list 50 of a workflow, {total:N0} stored", 1, () => List(store, new ExecutionFilter("stored")));
            report.Measure(
                $"list 50 that failed, {total:N0} stored", 1, () => List(store, new ExecutionFilter(Statuses: [ExecutionStatus.Failed])));
            report.Measure(
                $"read one, {total:N0} stored", 1, () => store.ReadExecutionAsync("default", known).AsTask().GetAwaiter().GetResult());
        }
    }

    private static void RunOne(WorkflowEngine engine, string workflow)
    {
        var accepted = (StartOutcome.Accepted)engine
            .StartAsync(new StartRequest { Tenant = "default", WorkflowId = workflow, Input = MapValue.Empty })
            .GetAwaiter()
            .GetResult();
        var ended = engine.WhenEndedAsync("default", accepted.Execution.Id).GetAwaiter().GetResult()!;
        if (ended.Status != ExecutionStatus.Completed)
            throw new InvalidOperationException($"An execution ended as {ended.Status}: {ended.Error}");
    }

    private static void List(SqliteStore store, ExecutionFilter filter)
    {
        if (store.ListExecutionsAsync("default", filter, new Page(50)).AsTask().GetAwaiter().GetResult().Executions.Count != 50)
            throw new InvalidOperationException("The list is too short.");
    }

    // Every tenth failed, as they would be after some time in use.
    private static async Task FillAsync(Committer committer, RandomIds ids, int count)
    {
        var entry = new JsonText(Encoding.UTF8.GetBytes("""[{"seq":1,"type":"workflow_started","time":"2026-01-01T00:00:00Z","data":{}},{"seq":2,"type":"workflow_completed","time":"2026-01-01T00:00:00Z","data":{}}]"""));
        var now = DateTimeOffset.UtcNow;
        foreach (var some in Enumerable.Range(0, count).Chunk(500))
        {
            await Task.WhenAll(some.Select(n => committer.CommitAsync(new CreateExecution(
                new ExecutionRecord
                {
                    Tenant = "default",
                    Id = ids.Next(now),
                    WorkflowId = "stored",
                    Version = 1,
                    Status = n % 10 == 0 ? ExecutionStatus.Failed : ExecutionStatus.Completed,
                    Seq = 2,
                    TotalNodes = 5,
                    CompletedNodes = 5,
                    Input = new JsonText("{}"u8.ToArray()),
                    CreatedAt = now,
                    StartedAt = now,
                    CompletedAt = now,
                },
                new JournalEntry(1, 2, entry)))));
        }
    }

    private static async Task SaveAsync(WorkflowLibrary workflows, string id, int count)
    {
        var nodes = string.Join(',', Enumerable.Range(0, count).Select(n => $$$"""{"id":"n{{{n}}}","type":"transform","config":{"expression":"data"}}"""));
        var edges = string.Join(',', Enumerable.Range(1, count - 1).Select(n => $$"""{"source":"n{{n - 1}}","target":"n{{n}}"}"""));
        var document = $$"""{"id":"{{id}}","name":"{{id}}","nodes":[{{nodes}}],"edges":[{{edges}}]}""";
        var outcome = await workflows.SaveAsync(
            new SaveRequest { Tenant = "default", Document = Encoding.UTF8.GetBytes(document), Format = DocumentFormat.Json });
        if (outcome is not SaveOutcome.Saved)
            throw new InvalidOperationException(outcome.ToString());
    }
}

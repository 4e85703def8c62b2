using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Feed;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Workflows;
using Millrace.Nodes;
using Millrace.Nodes.Ai;
using Millrace.Nodes.Http;
using Millrace.Nodes.Integration;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench;

/// <summary>The engine by itself, without HTTP: executions a second, each step durable before the next.</summary>
internal static class EngineRuns
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(3);

    public static void Run(Report report)
    {
        report.Heading("engine: executions, without HTTP");
        RunAsync(report).GetAwaiter().GetResult();
    }

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
        await SaveAsync(workflows, "durable", "noop", "{}");
        await SaveAsync(workflows, "pure", "transform", """{"expression":"data"}""");
        foreach (var (name, workflow) in new[] { ("chain of 5 durable effects", "durable"), ("chain of 5 pure nodes", "pure") })
        {
            foreach (var concurrency in new[] { 64, 1 })
            {
                await LoadAsync(engine, workflow, concurrency, Warmup);
                var allocated = GC.GetTotalAllocatedBytes();
                var processor = Environment.CpuUsage.TotalTime;
                var times = await LoadAsync(engine, workflow, concurrency, Duration);
                report.Add(
                    $"{name}, {concurrency} at once",
                    times,
                    Duration,
                    Environment.CpuUsage.TotalTime - processor,
                    GC.GetTotalAllocatedBytes() - allocated);
            }
        }
    }

    private static async Task SaveAsync(WorkflowLibrary workflows, string id, string type, string config)
    {
        var nodes = string.Join(',', "abcde".Select(node => $$"""{"id":"{{node}}","type":"{{type}}","config":{{config}}}"""));
        var edges = string.Join(',', "abcd".Select(node => $$"""{"source":"{{node}}","target":"{{(char)(node + 1)}}"}"""));
        var document = $$"""{"id":"{{id}}","name":"{{id}}","nodes":[{"id":"start","type":"start"},{{nodes}}],"edges":[{"source":"start","target":"a"},{{edges}}]}""";
        var outcome = await workflows.SaveAsync(
            new SaveRequest { Tenant = "default", Document = Encoding.UTF8.GetBytes(document), Format = DocumentFormat.Json });
        if (outcome is not SaveOutcome.Saved)
            throw new InvalidOperationException(outcome.ToString());
    }

    private static async Task<List<double>> LoadAsync(WorkflowEngine engine, string workflow, int concurrency, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var request = new StartRequest { Tenant = "default", WorkflowId = workflow, Input = MapValue.Empty };
        var all = await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            var times = new List<double>(100_000);
            while (Stopwatch.GetTimestamp() < end)
            {
                var start = Stopwatch.GetTimestamp();
                var accepted = (StartOutcome.Accepted)await engine.StartAsync(request);
                var ended = (await engine.WhenEndedAsync("default", accepted.Execution.Id))!;
                if (ended.Status != ExecutionStatus.Completed)
                    throw new InvalidOperationException($"An execution ended as {ended.Status}: {ended.Error}");
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
            return times;
        })));
        return [.. all.SelectMany(times => times)];
    }
}

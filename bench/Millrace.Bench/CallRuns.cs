using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Executions;
using Millrace.Core.Expressions;
using Millrace.Core.Nodes;
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

/// <summary>
/// Calls a second to a server on the same machine: HttpClient by itself, then as `http` nodes, which look at addresses, keys and secrets
/// and make values of answers.
/// </summary>
internal static class CallRuns
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(2);

    public static void Run(Report report)
    {
        report.Heading("calls: GET of a small JSON, the server on the same cores");
        using var rows = new TemporaryDirectory();
        using var target = ServerTarget.Start(
            port => ["dotnet", Environment.GetCommandLineArgs()[0], "bare-server", $"http://127.0.0.1:{port}", rows.Path]);
        RunAsync(report, new Uri(target.Url, "/answer")).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report, Uri url)
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));
        using var http = new OutgoingHttp(AddressGuard.Allowing("127.0.0.1"));
        var types = new NodeRegistry(
            BuiltInNodes.All(http, new ModelSettings().CreateProviders(TimeProvider.System), new FileStorage(directory.Path)));
        await using var opened = MillraceEngine.Open(new EngineSetup { Store = store, Nodes = types, Time = TimeProvider.System });
        var engine = opened.Executions;
        engine.Start();
        var node = await NodeAsync(opened, url);
        using var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        using var client = new HttpClient(handler);
        foreach (var concurrency in new[] { 64, 1 })
        {
            await MeasureAsync(
                report, $"HttpClient, {concurrency} at once", concurrency, async () => _ = await client.GetByteArrayAsync(url));
            await MeasureAsync(report, $"http node, its call alone, {concurrency} at once", concurrency, () => CallAsync(engine, node));
            await MeasureAsync(report, $"http node, execution and all, {concurrency} at once", concurrency, () => ExecuteAsync(engine));
        }
    }

    private static async Task<Core.Graphs.GraphNode> NodeAsync(MillraceEngine engine, Uri url)
    {
        var document = """{"id":"call","name":"call","nodes":[{"id":"start","type":"start"},{"id":"call","type":"http","config":{"url":"URL","headers":{"X-Run":"{{input}}"}}}],"edges":[{"source":"start","target":"call"}]}""".Replace("URL", url.ToString(), StringComparison.Ordinal);
        if (await engine.Workflows.SaveAsync(new SaveRequest { Tenant = "default", Document = Encoding.UTF8.GetBytes(document), Format = DocumentFormat.Json }) is not SaveOutcome.Saved)
            throw new InvalidOperationException("The workflow was not saved.");
        return (await engine.History.FindGraphAsync("default", "call", 1))!.Find("call")!;
    }

    // The machine's part included: the config is filled in for every call.
    private static async Task CallAsync(WorkflowEngine engine, Core.Graphs.GraphNode node)
    {
        var config = ((EffectLogic)node.Logic).Config.Evaluate(new Bindings(MapValue.Of("input", 1)));
        var outcome = await engine.RunAloneAsync(
            new ExecutionIdentity("default", "e", "call", 1),
            new EffectStart(node, "", 1, 0, config.Value, Value.Null),
            CancellationToken.None);
        if (!outcome.Output["body"]["ok"].Equals(true))
            throw new InvalidOperationException(outcome.Error?.Message);
    }

    private static async Task ExecuteAsync(WorkflowEngine engine)
    {
        var accepted =
            (StartOutcome.Accepted)await engine.StartAsync(new StartRequest { Tenant = "default", WorkflowId = "call", Input = 1 });
        var ended = (await engine.WhenEndedAsync("default", accepted.Execution.Id))!;
        if (ended.Status != ExecutionStatus.Completed)
            throw new InvalidOperationException(ended.Error.ToString());
    }

    private static async Task MeasureAsync(Report report, string name, int concurrency, Func<Task> operation)
    {
        await LoadAsync(concurrency, Warmup, operation);
        var (allocated, processor) = (GC.GetTotalAllocatedBytes(), Environment.CpuUsage.TotalTime);
        var times = await LoadAsync(concurrency, Duration, operation);
        report.Add(name, times, Duration, Environment.CpuUsage.TotalTime - processor, GC.GetTotalAllocatedBytes() - allocated);
    }

    private static async Task<List<double>> LoadAsync(int concurrency, TimeSpan duration, Func<Task> operation)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            var times = new List<double>(100_000);
            while (Stopwatch.GetTimestamp() < end)
            {
                var start = Stopwatch.GetTimestamp();
                await operation();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
            return times;
        })));
        return [.. all.SelectMany(times => times)];
    }
}

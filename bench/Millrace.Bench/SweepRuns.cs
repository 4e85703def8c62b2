using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Blobs;
using Millrace.Engine.Retention;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench;

/// <summary>What somebody who starts an execution notices of a sweep that deletes many.</summary>
internal static class SweepRuns
{
    private const string Tenant = "default";
    private const int Ended = 100_000;
    private const int RowsEach = 6;

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(2);
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

    // About 300 bytes: one finished node.
    private static readonly JsonText Events = new(Encoding.UTF8.GetBytes("""
        [{"seq":2,"type":"node_completed","nodeId":"fetch-customer","time":"2026-11-20T10:00:00.000Z","data":{"nodeType":"http","duration":12,"attempt":1,"output":{"status":200,"body":{"id":"c-1024","name":"Ada Lovelace","country":"GB","tags":["gold","newsletter"],"balance":129.5,"lastOrder":"o-77120"}}}}]
        """));

    public static void Run(Report report)
    {
        report.Heading(
            $"sweep: one start every {Pace.TotalMilliseconds} ms while {Ended:N0} executions of {RowsEach} journal rows are deleted");
        RunAsync(report).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));
        Fill(store);
        using var thread = new DedicatedThreadScheduler("committer");
        var committer = new Committer(store, thread, borrowsCallers: true);
        var options = new RetentionOptions { Defaults = RetentionPolicy.Of(TimeSpan.Zero) };
        var blobs = new FileBlobStore(Path.Combine(directory.Path, "blobs"), TimeProvider.System);
        var deletion = new ExecutionDeletion(store, committer, blobs, TimeProvider.System, options, NullLogger<ExecutionDeletion>.Instance);
        await using var sweeper = new RetentionSweeper(
            store, deletion, TimeProvider.System, options, NullLogger<RetentionSweeper>.Instance);

        await MeasureAsync(report, "no sweep", committer, Task.Delay(Quiet));
        var begun = Stopwatch.GetTimestamp();
        var sweep = Task.Run(() => sweeper.SweepAsync());
        await MeasureAsync(report, "during the sweep", committer, sweep);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        report.Heading($"swept {await sweep:N0} executions in {seconds:N1} s, {await sweep / seconds:N0} a second");
    }

    private static void Fill(SqliteStore store)
    {
        store.Write(
            [new SaveWorkflow(new WorkflowRecord { Tenant = Tenant, Id = "order-intake", Name = "Order intake", Document = Events })]);
        foreach (var numbers in Enumerable.Range(0, Ended).Chunk(500))
        {
            store.Write([.. numbers.Select(number => Creation(store, Id(number), ExecutionStatus.Running))]);
            for (var row = 1; row < RowsEach; row++)
                store.Write([.. numbers.Select(number => Step(store, Id(number), row))]);
        }
    }

    private static async Task MeasureAsync(Report report, string name, Committer committer, Task until)
    {
        var begun = Stopwatch.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var times = new List<double>();
        while (!until.IsCompleted)
        {
            var start = Stopwatch.GetTimestamp();
            await committer.CommitAsync(new CreateExecution(Pending($"new-{name}-{times.Count}"), null));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            await Task.Delay(Pace);
        }
        report.Add(
            name,
            times,
            Stopwatch.GetElapsedTime(begun),
            Environment.CpuUsage.TotalTime - processor,
            GC.GetTotalAllocatedBytes() - allocated);
    }

    private static CreateExecution Creation(SqliteStore store, string id, ExecutionStatus status) =>
        new(Pending(id) with { Status = status, Owner = store.Ownership.Epoch, Seq = 1, WakeAt = null }, new JournalEntry(1, 1, Events));

    private static AdvanceExecution Step(SqliteStore store, string id, int row)
    {
        var isLast = row == RowsEach - 1;
        return new AdvanceExecution(Tenant, id, store.Ownership.Epoch, row)
        {
            WorkflowId = "order-intake",
            Entry = new JournalEntry(row + 1, row + 1, Events),
            Status = isLast ? ExecutionStatus.Completed : ExecutionStatus.Running,
            NewOwner = isLast ? 0 : store.Ownership.Epoch,
            Update = isLast ? new ExecutionUpdate(default, Events, default, default, Now, 10) : null,
        };
    }

    private static ExecutionRecord Pending(string id) =>
        new()
        {
            Tenant = Tenant,
            Id = id,
            WorkflowId = "order-intake",
            Version = 1,
            Status = ExecutionStatus.Pending,
            CreatedAt = Now,
            WakeAt = Now,
        };

    // Ids as the engine makes them: sorted by time, 26 characters.
    private static string Id(int number) => $"01JD4X8ZK0{number:D16}";
}

using System.Diagnostics;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench;

/// <summary>What a claim costs, and the turn of a slot, however many executions wait.</summary>
internal static class ClaimRuns
{
    private const int Batch = 256;
    private const int Rounds = 100;

    private static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    private static readonly SlotLimit Slot = new(new LimitScope("w", ""), 1);

    public static void Run(Report report)
    {
        report.Heading($"claims: {Batch} executions of those that one tenant has pending, and all 10 of another");
        foreach (var waiting in new[] { 1_000, 10_000, 100_000 })
            Measure(report, $"{waiting:N0} pending", store => Fill(store, waiting, limited: false), ClaimBatch);

        report.Heading("claims: the end of an execution that holds the only slot, and the claim of the next");
        foreach (var waiting in new[] { 1_000, 10_000, 100_000 })
            Measure(report, $"{waiting:N0} wait for the slot", store => Fill(store, waiting, limited: true), TakeTurn);
    }

    private static void Measure(Report report, string name, Action<SqliteStore> fill, Func<SqliteStore, int, double> operation)
    {
        using var directory = new TemporaryDirectory();
        var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));
        try
        {
            fill(store);
            var processor = Environment.CpuUsage.TotalTime;
            var times = Enumerable.Range(0, Rounds).Select(round => operation(store, round)).ToList();
            report.Add(name, times, TimeSpan.FromMicroseconds(times.Sum()), Environment.CpuUsage.TotalTime - processor);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static double ClaimBatch(SqliteStore store, int round)
    {
        store.Write([.. Enumerable.Range(0, 10).Select(number => Pending("other", $"o{round:000}{number}"))]);
        var claim = new ClaimExecutions(Now, Batch);
        var time = Timed(store, claim, out var result);
        var claimed = ((CommitResult.Claimed)result).Executions;
        if (claimed.Count != Batch || claimed.Count(IsOther) != 10)
            throw new InvalidOperationException($"{claimed.Count} were claimed.");
        // Those of the large tenant go back, so that as many wait the next time; the other's end.
        store.Write([.. claimed.Select(execution => IsOther(execution) ? End(store, execution) : Return(store, execution))]);
        return time;
    }

    private static double TakeTurn(SqliteStore store, int round)
    {
        var running = store
            .ListExecutionsAsync("large", new ExecutionFilter(Statuses: [ExecutionStatus.Running]), new Page(1))
            .AsTask()
            .GetAwaiter()
            .GetResult();
        var time = Timed(store, End(store, running.Executions[0]), out _);
        var claim = new ClaimExecutions(Now, Batch);
        time += Timed(store, claim, out var result);
        store.Write(
            [
                new AdvanceExecution("large", ((CommitResult.Claimed)result).Executions.Single().Id, store.Ownership.Epoch, 0)
                {
                    WorkflowId = "w",
                    Status = ExecutionStatus.Running,
                    NewOwner = store.Ownership.Epoch,
                    StartedAt = Now,
                },
            ]);
        return time;
    }

    private static bool IsOther(ExecutionRecord execution) => string.Equals(execution.Tenant, "other", StringComparison.Ordinal);

    private static double Timed(SqliteStore store, Mutation mutation, out CommitResult result)
    {
        var start = Stopwatch.GetTimestamp();
        result = store.Write(mutation);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static void Fill(SqliteStore store, int count, bool limited)
    {
        for (var first = 0; first < count; first += 500)
            store.Write(
                [
                    .. Enumerable.Range(first, Math.Min(500, count - first))
                    .Select(number => limited ? Limited(store, $"e{number:000000}") : Pending("large", $"e{number:000000}")),
                ]);
    }

    private static ExecutionRecord Record(string tenant, string id) =>
        new() { Tenant = tenant, Id = id, WorkflowId = "w", Version = 1, WakeAt = Now, CreatedAt = Now };

    private static CreateExecution Pending(string tenant, string id) => new(Record(tenant, id), entry: null);

    private static CreateExecution Limited(SqliteStore store, string id)
    {
        var pending = Record("large", id);
        return new CreateExecution(
            pending with { Status = ExecutionStatus.Running, Owner = store.Ownership.Epoch, WakeAt = null },
            entry: null) { Admission = new Admission([Slot], [], pending) };
    }

    private static AdvanceExecution Return(SqliteStore store, ExecutionRecord execution) =>
        new(execution.Tenant, execution.Id, store.Ownership.Epoch, 0)
        {
            WorkflowId = "w",
            Status = ExecutionStatus.Pending,
            NewOwner = 0,
            WakeAt = Now,
        };

    private static AdvanceExecution End(SqliteStore store, ExecutionSummary execution) =>
        new(execution.Tenant, execution.Id, store.Ownership.Epoch, 0)
        {
            WorkflowId = "w",
            Status = ExecutionStatus.Completed,
            NewOwner = 0,
        };
}

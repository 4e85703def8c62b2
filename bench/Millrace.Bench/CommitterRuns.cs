using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;
using Millrace.Storage.Sqlite;

namespace Millrace.Bench;

/// <summary>What the store's single writer does: batches of the engine's own writes, each one durable transaction.</summary>
internal static class CommitterRuns
{
    private const string Tenant = "default";
    private const int Executions = 60_000;
    private const int LiveExecutions = 1_000;
    private const int StepsPerExecution = 20;

    private static readonly int[] BatchSizes = [1, 8, 64, 200];
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    private static readonly JsonText Request = Text("""{"input":{"customer":"c-1024","amount":129.5,"items":[1,2,3]},"trigger":"manual"}""");

    // About 300 bytes: one finished node.
    private static readonly JsonText Events = Text("""
        [{"seq":2,"type":"node_completed","nodeId":"fetch-customer","time":"2026-11-20T10:00:00.000Z","data":{"nodeType":"http","duration":12,"attempt":1,"output":{"status":200,"body":{"id":"c-1024","name":"Ada Lovelace","country":"GB","tags":["gold","newsletter"],"balance":129.5,"lastOrder":"o-77120"}}}}]
        """);

    public static void Run(Report report)
    {
        report.Heading("committer: CreateExecution, pending");
        foreach (var size in BatchSizes)
            Measure(report, size, store => new Creations(store, pending: true));

        report.Heading("committer: CreateExecution, owned with events");
        foreach (var size in BatchSizes)
            Measure(report, size, store => new Creations(store, pending: false));

        report.Heading($"committer: AdvanceExecution, {LiveExecutions:N0} live executions");
        foreach (var size in BatchSizes)
            Measure(report, size, store => new Advances(store));
    }

    private static void Measure(Report report, int size, Func<SqliteStore, IBatchSource> source)
    {
        using var directory = new TemporaryDirectory();
        var store = SqliteStore.Open(new SqliteStoreOptions(directory.Path));
        try
        {
            var writes = source(store);
            var batch = new Mutation[size];
            report.Measure($"batches of {size}", size, () =>
            {
                for (var index = 0; index < size; index++)
                    batch[index] = writes.Next();
                var committed = store.CommitAsync(batch);
                var outcome = committed.GetAwaiter().GetResult()[0].Outcome;
                if (outcome != WriteOutcome.Done)
                    throw new InvalidOperationException($"A write ended as {outcome}.");
            });
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static JsonText Text(string text) => new(Encoding.UTF8.GetBytes(text));

    // Ids as the engine makes them: sorted by time, 26 characters.
    private static string Id(long number) => $"01JD4X8ZK0{number:D16}";

    private interface IBatchSource
    {
        Mutation Next();
    }

    private sealed class Creations(SqliteStore store, bool pending) : IBatchSource
    {
        private long _count;

        public Mutation Next()
        {
            var execution = new ExecutionRecord
            {
                Tenant = Tenant,
                Id = Id(++_count),
                WorkflowId = "order-intake",
                Version = 3,
                Request = Request,
                CreatedAt = Now.AddMilliseconds(_count),
            };
            return pending
                ? new CreateExecution(execution with { WakeAt = Now.AddMilliseconds(_count) }, null)
                : new CreateExecution(
                    execution with
                    {
                        Status = ExecutionStatus.Running,
                        Owner = store.Ownership.Epoch,
                        Seq = 2,
                        StartedAt = Now,
                        CurrentStep = "fetch-customer",
                        TotalNodes = 8,
                    },
                    new JournalEntry(1, 2, Events));
        }
    }

    private sealed class Advances : IBatchSource
    {
        private readonly SqliteStore _store;
        private readonly (long Number, long Seq)[] _live = new (long, long)[LiveExecutions];
        private long _created;
        private int _next;

        public Advances(SqliteStore store)
        {
            _store = store;
            var creations = new Creations(store, pending: false);
            for (var round = 0; round < Executions / LiveExecutions; round++)
                store.Write([.. Enumerable.Range(0, LiveExecutions).Select(_ => creations.Next())]);
            for (var index = 0; index < LiveExecutions; index++)
                _live[index] = (++_created, 2);
        }

        public Mutation Next()
        {
            // Visits the live executions in an order unlike that of their ids, as finishing effects do.
            _next = (_next + 389) % LiveExecutions;
            ref var live = ref _live[_next];
            if (live.Seq > StepsPerExecution + _next % StepsPerExecution)
                live = (++_created, 2);
            var seq = live.Seq++;
            return new AdvanceExecution(Tenant, Id(live.Number), _store.Ownership.Epoch, seq)
            {
                WorkflowId = "order-intake",
                Entry = new JournalEntry(seq + 1, seq + 1, Events),
                Status = ExecutionStatus.Running,
                NewOwner = _store.Ownership.Epoch,
                CurrentStep = "fetch-customer",
                TotalNodes = 8,
                CompletedNodes = 3,
                StartedAt = Now,
            };
        }
    }
}

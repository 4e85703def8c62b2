using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Tests;

namespace Millrace.Storage.Tests.Conformance;

/// <summary>
/// What every store must do. A store is tested by deriving from this class and saying how it is opened; each test gets
/// a place of its own.
/// </summary>
public abstract partial class StoreConformance : IAsyncLifetime
{
    private readonly Dictionary<Mutation, CommitResult> _results = [];

    private protected IStore Store { get; private set; } = null!;

    /// <summary>Opens the store at this test's place; the second time with what the first left.</summary>
    protected abstract IStore Open();

    /// <summary>Opens a store with what the disk would hold had the process ended this moment; the first store stays open.</summary>
    protected abstract IStore OpenAfterCrash();

    /// <summary>Removes this test's place.</summary>
    protected abstract ValueTask RemoveAsync();

    public ValueTask InitializeAsync()
    {
        Store = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = Open();
    }

    private protected WriteOutcome Write(Mutation mutation) => Write([mutation])[0];

    private protected WriteOutcome[] Write(params Mutation[] batch) => WriteTo(Store, batch);

    /// <summary>Writes a batch to one of several stores; what became of its members is to be asked for afterwards.</summary>
    private protected WriteOutcome[] WriteTo(IStore store, params Mutation[] batch)
    {
        var results = store.Write(batch);
        for (var index = 0; index < batch.Length; index++)
            _results[batch[index]] = results[index];
        return [.. results.Select(result => result.Outcome)];
    }

    /// <summary>What became of a mutation that was written.</summary>
    private protected CommitResult ResultOf(Mutation mutation) => _results[mutation];

    /// <summary>What became of a mutation that was written.</summary>
    private protected T ResultOf<T>(Mutation mutation)
        where T : CommitResult => Assert.IsType<T>(_results[mutation]);

    /// <summary>The id of what a mutation wrote, or of what was written under its key before.</summary>
    private protected string ResourceIdOf(Mutation mutation) =>
        _results[mutation] is CommitResult.Duplicate duplicate ? duplicate.ResourceId : mutation.ResourceIdOf(_results[mutation]);

    /// <summary>Creates an execution that this store owns, with one event.</summary>
    private protected void CreateOwned(string id) =>
        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(Owned(id), Sample.Entry(1, 1))));

    /// <summary>Creates an execution that nobody owns.</summary>
    private protected void CreatePending(string id, DateTimeOffset? wakeAt = null, int priority = 0) =>
        Assert.Equal(WriteOutcome.Done, Write(new CreateExecution(Sample.Execution(id) with { WakeAt = wakeAt ?? Sample.Now, Priority = priority }, null)));

    private protected ExecutionRecord Owned(string id) =>
        Sample.Execution(id) with { Status = ExecutionStatus.Running, Owner = Store.Ownership.Epoch, Seq = 1, WakeAt = null, StartedAt = Sample.Now };

    /// <summary>The next event of an owned execution that goes on running.</summary>
    private protected AdvanceExecution Step(string id, long expectedSeq) =>
        new(Sample.Tenant, id, Store.Ownership.Epoch, expectedSeq)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(expectedSeq + 1, expectedSeq + 1),
            Status = ExecutionStatus.Running,
            NewOwner = Store.Ownership.Epoch,
            StartedAt = Sample.Now,
        };

    /// <summary>Lets an owned execution go.</summary>
    private protected AdvanceExecution Release(string id, long expectedSeq, DateTimeOffset? wakeAt) =>
        new(Sample.Tenant, id, Store.Ownership.Epoch, expectedSeq)
        {
            WorkflowId = "w1",
            Status = ExecutionStatus.Waiting,
            NewOwner = 0,
            WakeAt = wakeAt,
            StartedAt = Sample.Now,
        };

    /// <summary>Ends an owned execution. The caller's owner and wake time must not matter.</summary>
    private protected AdvanceExecution End(string id, long expectedSeq, ExecutionStatus status = ExecutionStatus.Completed, long duration = 10) =>
        new(Sample.Tenant, id, Store.Ownership.Epoch, expectedSeq)
        {
            WorkflowId = "w1",
            Entry = Sample.Entry(expectedSeq + 1, expectedSeq + 1),
            Status = status,
            NewOwner = Store.Ownership.Epoch,
            WakeAt = Sample.Now,
            StartedAt = Sample.Now,
            Update = new ExecutionUpdate(default, Sample.Json("1"), default, default, Sample.Now.AddMilliseconds(duration), duration),
        };

    private protected AppendInbox Signal(string id, string payload = "{}") =>
        new(Sample.Tenant, id, "signal", Sample.Json(payload), Sample.Now);

    private protected string[] Claim(DateTimeOffset now, int limit = 100)
    {
        var claim = new ClaimExecutions(now, limit);
        Assert.Equal(WriteOutcome.Done, Write(claim));
        return Ids(ResultOf<CommitResult.Claimed>(claim).Executions);
    }

    private protected static string[] Ids(IEnumerable<ExecutionSummary> executions) => [.. executions.Select(execution => execution.Id)];

    private protected async Task<ExecutionRecord> ReadAsync(string id)
    {
        var execution = await Store.ReadExecutionAsync(Sample.Tenant, id);
        return Assert.IsType<ExecutionRecord>(execution);
    }

    private protected async Task AssertJournalAsync(string id, params long[] seqs) => Assert.Equal(seqs, await JournalSeqsAsync(id));

    private protected async Task<long[]> JournalSeqsAsync(string id, IStore? store = null)
    {
        var entries = await (store ?? Store).ReadJournalAsync(Sample.Tenant, id, 0, 10_000);
        return [.. entries.SelectMany(entry => Enumerable.Range((int)entry.FirstSeq, (int)(entry.LastSeq - entry.FirstSeq + 1)).Select(seq => (long)seq))];
    }
}

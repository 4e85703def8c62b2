using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;

namespace Millrace.Simulation.Tests.Engine.Stores;

/// <summary>The store of one process, which fails now and then, and answers late.</summary>
internal sealed class FailingStore(IStore inner, SimulatedProcess process, Random random) : StoreDecorator(inner)
{
    private readonly LateOwnership _ownership = new(inner.Ownership, process, random);
    private readonly LossyChanges _changes = new(inner.Changes, process, random);

    public override IOwnership Ownership => _ownership;

    public override IChanges Changes => _changes;

    private Faults Faults => process.Faults;

    public override async ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
    {
        if (Happens(Faults.CrashInWrite / 2))
            process.Crash();
        if (Happens(Faults.WriteFails))
            throw Failure("nothing was written", rolledBack: true);
        if (Happens(Faults.WriteUnknown / 2))
            throw Failure("whether anything was written is unknown (nothing was)", rolledBack: false);
        if (process.IsCrashed)
            throw new ProcessEndedException();
        var results = await base.CommitAsync(batch, cancellation);
        if (Happens(Faults.CrashInWrite / 2))
        {
            process.Crash();
            throw new ProcessEndedException();
        }
        return Happens(Faults.WriteUnknown / 2) ? throw Failure("whether anything was written is unknown (all was)", rolledBack: false, results) : results;
    }

    public override ValueTask<WorkflowRecord?> ReadWorkflowAsync(string tenant, string id, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ReadWorkflowAsync(tenant, id, cancellation));

    public override ValueTask<WorkflowVersion?> ReadVersionAsync(string tenant, string id, int version, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ReadVersionAsync(tenant, id, version, cancellation));

    public override ValueTask<ExecutionRecord?> ReadExecutionAsync(string tenant, string id, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ReadExecutionAsync(tenant, id, cancellation));

    public override ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ReadJournalAsync(tenant, executionId, afterSeq, limit, maxBytes, cancellation));

    public override ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ReadInboxAsync(tenant, executionId, cancellation));

    public override ValueTask<IReadOnlyList<ExecutionKey>> ListUnreadAsync(CancellationToken cancellation = default) => ReadAsync(() => base.ListUnreadAsync(cancellation));

    public override ValueTask<IReadOnlyList<NodeRunRow>> ReadRunsAsync(
        string tenant, string executionId, int after, int limit, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ReadRunsAsync(tenant, executionId, after, limit, cancellation));

    public override ValueTask<ExecutionSnapshot?> ReadSnapshotAsync(string tenant, string executionId, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ReadSnapshotAsync(tenant, executionId, cancellation));

    public override ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) =>
        ReadAsync(() => base.ListExpiredAsync(defaults, now, limit, cancellation));

    public override ValueTask<DateTimeOffset?> NextWakeAsync(CancellationToken cancellation = default) => ReadAsync(() => base.NextWakeAsync(cancellation));

    private ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read)
    {
        var isEarly = random.Next(2) == 0;
        if (Happens(Faults.ReadYields))
            return ReadLateAsync(read, isEarly);
        return Happens(Faults.ReadFails) ? throw Failure("it cannot be read", rolledBack: true) : read();
    }

    // What is read may be old when it arrives.
    private async ValueTask<T> ReadLateAsync<T>(Func<ValueTask<T>> read, bool isEarly)
    {
        var value = isEarly ? await read() : default;
        await Task.Yield();
        if (Happens(Faults.ReadFails))
            throw Failure("it cannot be read", rolledBack: true);
        return isEarly ? value! : await read();
    }

    private bool Happens(double chance) => chance > 0 && random.NextDouble() < chance;

    private StoreException Failure(string how, bool rolledBack, IReadOnlyList<CommitResult>? results = null)
    {
        process.Trace.Note("store fails:", how, rolledBack ? 1 : 0);
        return new StoreException($"The store of the simulation fails: {how}.", rolledBack) { Results = results ?? [] };
    }
}

/// <summary>The process ended in the middle of a piece of work: nothing of it goes on.</summary>
internal sealed class ProcessEndedException : Exception;

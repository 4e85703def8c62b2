using Millrace.Core.Definitions;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;

namespace Millrace.Engine.Tests.Runtime;

/// <summary>A store that refuses some commits as a full disk would: the transaction is rolled back.</summary>
internal sealed class FaultyStore() : StoreDecorator(null!)
{
    private IStore _inner = null!;
    private int _failNextAdvances;
    private int _failNextJournalReads;
    private int _failNextExpiredReads;
    private int _loseNextEnds;
    private int _loseNextMessages;

    public int FailNextAdvances
    {
        get => Volatile.Read(ref _failNextAdvances);
        set => Volatile.Write(ref _failNextAdvances, value);
    }

    public int FailNextJournalReads
    {
        get => Volatile.Read(ref _failNextJournalReads);
        set => Volatile.Write(ref _failNextJournalReads, value);
    }

    /// <summary>How many commits that end an execution are durable without anybody being told so.</summary>
    public int LoseNextEnds { set => Volatile.Write(ref _loseNextEnds, value); }

    /// <summary>How many commits that leave an execution a message from outside are durable without anybody being told so.</summary>
    public int LoseNextMessages { set => Volatile.Write(ref _loseNextMessages, value); }

    public int FailNextExpiredReads { set => Volatile.Write(ref _failNextExpiredReads, value); }

    /// <summary>Called with every batch before it is written.</summary>
    public Action<IReadOnlyList<Mutation>> Writing { get; set; } = _ => { };

    protected override IStore Target => _inner;

    public IStore Decorate(IStore inner)
    {
        _inner = inner;
        return this;
    }

    public override ValueTask<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
    {
        Writing(batch);
        if (batch.Any(mutation => mutation is AdvanceExecution) && FailNextAdvances > 0)
        {
            if (batch.Count == 1)
                Interlocked.Decrement(ref _failNextAdvances);
            throw new StoreException("The disk is full (a test says so).", rolledBack: true);
        }
        return LoseAsync(batch, cancellation);
    }

    private async ValueTask<IReadOnlyList<CommitResult>> LoseAsync(IReadOnlyList<Mutation> batch, CancellationToken cancellation)
    {
        var results = await base.CommitAsync(batch, cancellation);
        var hasEnd = batch.Any(mutation => mutation is AdvanceExecution advance && advance.Status.IsTerminal());
        var isLost = hasEnd && Interlocked.Decrement(ref _loseNextEnds) >= 0;
        isLost |= batch.Any(mutation => mutation is AppendInbox) && Interlocked.Decrement(ref _loseNextMessages) >= 0;
        if (isLost)
            throw new StoreException("The connection is lost (a test says so).", rolledBack: false) { Results = results };
        return results;
    }

    public override ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(string tenant, string executionId, long afterSeq, int limit, int maxBytes = int.MaxValue, CancellationToken cancellation = default)
    {
        if (FailNextJournalReads <= 0)
            return base.ReadJournalAsync(tenant, executionId, afterSeq, limit, maxBytes, cancellation);
        Interlocked.Decrement(ref _failNextJournalReads);
        throw new StoreException("The disk cannot be read (a test says so).", rolledBack: true);
    }

    public override ValueTask<IReadOnlyList<ExecutionKey>> ListExpiredAsync(RetentionPolicy defaults, DateTimeOffset now, int limit, CancellationToken cancellation = default) =>
        Interlocked.Decrement(ref _failNextExpiredReads) >= 0
            ? throw new StoreException("The disk cannot be read (a test says so).", rolledBack: true)
            : base.ListExpiredAsync(defaults, now, limit, cancellation);
}

using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Testing.Storage;

namespace Millrace.Cli.CrashTesting;

/// <summary>
/// A store whose process dies at a commit of an execution: that commit is not written, nor is anything after it, and nothing is read any
/// more. So the worst moment of every commit is met: what led to it has happened, and nobody will remember.
/// </summary>
internal sealed class FaultInjectingStore(IStore inner, PlannedCrash? crash) : StoreDecorator(inner)
{
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _commits;

    public Task Died => _died.Task;

    /// <summary>Commits of executions so far, the deadly one included.</summary>
    public int Commits => Volatile.Read(ref _commits);

    protected override IStore Inner =>
        _died.Task.IsCompleted ? throw new StoreException("The process is dead (this is a crash test).", rolledBack: true) : base.Inner;

    public override ValueTask<IReadOnlyList<CommitResult>> CommitAsync(
        IReadOnlyList<Mutation> batch, CancellationToken cancellation = default)
    {
        foreach (var mutation in batch)
        {
            if (!_died.Task.IsCompleted && EntryOf(mutation) is { } entry && IsLast(entry))
                _died.TrySetResult();
        }
        // What ends an engine waits for its last claim: the dead take nothing.
        return _died.Task.IsCompleted && batch.All(mutation => mutation is ClaimExecutions)
            ? new([.. batch.Select(_ => new CommitResult.Claimed([], HasMore: false))])
            : base.CommitAsync(batch, cancellation);
    }

    private bool IsLast(JournalEntry entry) =>
        Interlocked.Increment(ref _commits) is var commit && crash?.IsAt(commit, entry.Events) == true;

    private static JournalEntry? EntryOf(Mutation mutation) => mutation switch
    {
        CreateExecution create => create.Entry,
        AdvanceExecution advance => advance.Entry,
        _ => null,
    };
}

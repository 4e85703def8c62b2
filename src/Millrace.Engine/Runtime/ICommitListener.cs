using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

/// <summary>Waits for the outcome of a mutation.</summary>
internal interface ICommitListener
{
    /// <summary>Called once, on the committer's thread; must only hand over, and not throw.</summary>
    /// <param name="result">What became of it. With a failure that leaves open whether it was written: what became of it if it was; null: that is unknown too.</param>
    /// <param name="failure">Why it failed; null: it did not.</param>
    void Settled(CommitResult? result, StoreException? failure);
}

/// <summary>A task that ends with the outcome of a mutation.</summary>
internal sealed class CommitAnswer() : TaskCompletionSource<CommitResult>(TaskCreationOptions.RunContinuationsAsynchronously), ICommitListener
{
    /// <summary>With a failure that leaves open whether the mutation was written: what became of it if it was. Only after the task has ended.</summary>
    public CommitResult? Uncertain { get; private set; }

    /// <summary>Whether the mailbox that the mutation is of leaves its turn to whoever waits for this.</summary>
    public bool HasTurn { get; set; }

    /// <inheritdoc/>
    public void Settled(CommitResult? result, StoreException? failure)
    {
        if (failure is null)
        {
            SetResult(result!);
            return;
        }
        Uncertain = result;
        SetException(failure);
    }
}

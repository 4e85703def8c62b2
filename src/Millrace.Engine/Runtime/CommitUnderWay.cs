using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

/// <summary>
/// The one write of an execution that may be under way. Its mailbox begins it and finishes it, in its turns; in between, its outcome comes
/// on whatever thread has it.
/// </summary>
internal struct CommitUnderWay
{
    private Mutation? _mutation;
    private CommitResult? _result;
    private StoreException? _failure;
    private volatile bool _isSettled;

    /// <summary>Whether there is one that was not finished.</summary>
    public bool IsOpen => Volatile.Read(ref _mutation) is not null;

    /// <summary>Whether its outcome is known.</summary>
    public readonly bool IsSettled => _isSettled;

    /// <summary>It begins.</summary>
    public void Begin(Mutation mutation)
    {
        _isSettled = false;
        Volatile.Write(ref _mutation, mutation);
    }

    /// <summary>Its outcome is known; see <see cref="ICommitListener.Settled"/>.</summary>
    public void Settle(CommitResult? result, StoreException? failure)
    {
        (_result, _failure) = (result, failure);
        _isSettled = true;
    }

    /// <summary>It is finished: what was written, and what became of it.</summary>
    public (Mutation Mutation, CommitResult? Result, StoreException? Failure) Finish()
    {
        var finished = (_mutation!, _result, _failure);
        (_result, _failure) = (null, null);
        Volatile.Write(ref _mutation, null);
        return finished;
    }
}

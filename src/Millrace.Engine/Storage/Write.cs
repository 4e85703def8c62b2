namespace Millrace.Engine.Storage;

/// <summary>What became of a write.</summary>
public enum WriteOutcome
{
    /// <summary>Not yet written.</summary>
    Undecided,
    /// <summary>Written and durable.</summary>
    Done,
    /// <summary>Refused: the writer is no longer the owner, or the execution moved on.</summary>
    Fenced,
    /// <summary>Refused: there is no such thing in this tenant.</summary>
    NotFound,
    /// <summary>Refused: it exists already, or another version was expected.</summary>
    Conflict,
    /// <summary>Refused: the execution has ended.</summary>
    Terminal,
    /// <summary>Refused: the execution has not ended.</summary>
    NotEnded,
    /// <summary>Refused: too many of its kind wait already.</summary>
    Full,
    /// <summary>Created, but as pending: limits hold its start back.</summary>
    HeldBack,
    /// <summary>Refused: something came for the execution before it that the writer has not seen.</summary>
    Overtaken,
    /// <summary>Not written again: the idempotency key was used before; <see cref="Write.ResourceId"/> names what it made.</summary>
    Duplicate,
}

/// <summary>One member of a batch. The closed set of things that can be written; each is guarded, and succeeds or is refused alone.</summary>
public abstract class Write
{
    private TaskCompletionSource<WriteOutcome>? _completion;

    private protected Write(string tenant) => Tenant = tenant;

    /// <summary>Whose data it writes.</summary>
    public string Tenant { get; }

    /// <summary>The caller's key: a second write under the same key and scope makes nothing and answers <see cref="WriteOutcome.Duplicate"/>.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>What became of it; set by the store.</summary>
    public WriteOutcome Outcome { get; set; }

    /// <summary>The id of what it made (or, for a duplicate, of what was made then); set by the store.</summary>
    public string? ResourceId { get; set; }

    /// <summary>Whether executions that limits hold back may start now, so that somebody should claim; set by the store.</summary>
    public bool MakesRoom { get; set; }

    /// <summary>The largest number of a message that it has left in an inbox; 0: none.</summary>
    internal virtual long LastMessage => 0;

    /// <summary>Called once, on the committer, when the outcome is durable or the write failed; must only hand over. Null: the task of <see cref="WhenSettled"/>.</summary>
    internal Action<Write, Exception?>? Settled { get; init; }

    /// <summary>A task that ends when the write is settled; ask before submitting.</summary>
    internal Task<WriteOutcome> WhenSettled() => (_completion ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    internal void Settle(Exception? failure)
    {
        Settled?.Invoke(this, failure);
        if (failure is null)
            _completion?.TrySetResult(Outcome);
        else
            _completion?.TrySetException(failure);
    }
}

/// <summary>A caller's idempotency key.</summary>
/// <param name="Scope">What kind of write, such as "execute" or "workflows".</param>
/// <param name="Key">The key.</param>
public sealed record IdempotencyKey(string Scope, string Key);

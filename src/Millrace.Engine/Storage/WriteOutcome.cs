using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Storage;

/// <summary>What became of a mutation.</summary>
public enum WriteOutcome
{
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
    /// <summary>Created, but as pending: limits hold its start back. See <see cref="CommitResult.Throttled"/>.</summary>
    Throttled,
    /// <summary>Refused: messages have come for the execution that the writer has not read.</summary>
    UnreadMessages,
    /// <summary>Refused: a budget does not allow it. See <see cref="CommitResult.OverBudget"/>.</summary>
    OverBudget,
    /// <summary>Not written again: the idempotency key was used before. See <see cref="CommitResult.Duplicate"/>.</summary>
    Duplicate,
}

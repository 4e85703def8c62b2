namespace Millrace.Engine.Storage.Mutations;

/// <summary>
/// Answers an open wait and leaves its execution the message that says so: both or neither. <see cref="WriteOutcome.Conflict"/> where it is
/// no longer open, <see cref="WriteOutcome.Terminal"/> where its execution has ended.
/// </summary>
public sealed class AnswerWait(string tenant, string waitId, WaitAnswer answer, AppendInbox message) : Mutation(tenant)
{
    /// <summary>The id of the wait.</summary>
    public string WaitId { get; } = waitId;

    /// <summary>The answer to store.</summary>
    public WaitAnswer Answer { get; } = answer;

    /// <summary>What its execution is told.</summary>
    public AppendInbox Message { get; } = message;

    /// <summary>The wait, where it may be answered before it begins; null: then it is <see cref="WriteOutcome.NotFound"/>.</summary>
    public WaitRecord? Early { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => WaitId;
}

using System.Collections.Immutable;
using System.Globalization;
using Millrace.Core.Executions;

namespace Millrace.Engine.Storage.Mutations;

/// <summary>Leaves a message for an execution and makes it due, unless limits hold it back and it is not to be cancelled. <see cref="WriteOutcome.Terminal"/> once it has ended.</summary>
public sealed class AppendInbox(string tenant, string executionId, string kind, JsonText payload, DateTimeOffset receivedAt) : Mutation(tenant)
{
    /// <summary>The id of the execution that gets the message.</summary>
    public string ExecutionId { get; } = executionId;

    /// <summary>The kind of message.</summary>
    public string Kind { get; } = kind;

    /// <summary>What it says, JSON.</summary>
    public JsonText Payload { get; } = payload;

    /// <summary>When the message arrived.</summary>
    public DateTimeOffset ReceivedAt { get; } = receivedAt;

    /// <summary>Blobs that what is written here refers to; the store remembers that the execution does, for as long as there is the execution.</summary>
    public ImmutableArray<string> Blobs { get; init; } = [];

    /// <summary>How many messages of this kind may wait at most, those that the execution has taken in and kept included; 0: any number.
    /// One more is refused with <see cref="WriteOutcome.Full"/>.</summary>
    public int Limit { get; init; }

    /// <summary>The statuses that the execution may have; in others it is refused with <see cref="WriteOutcome.Conflict"/>. Default: any that is not terminal.</summary>
    public ImmutableArray<ExecutionStatus> Statuses { get; init; }

    /// <inheritdoc/>
    public override string ResourceIdOf(CommitResult result) => result is CommitResult.Appended appended ? appended.MessageId.ToString(CultureInfo.InvariantCulture) : "";
}

namespace Millrace.Engine.Storage.Reads;

/// <summary>Reads the messages that wait for executions.</summary>
public interface IInboxReads
{
    /// <summary>Messages that wait for an execution, oldest first.</summary>
    ValueTask<IReadOnlyList<InboxMessage>> ReadInboxAsync(string tenant, string executionId, CancellationToken cancellation = default);

    /// <summary>
    /// The executions that this owner has and for which messages wait, in no order, those included that it has read and kept. Where others own
    /// executions of the same store too, it is how an owner hears of messages whose hint was lost.
    /// </summary>
    ValueTask<IReadOnlyList<ExecutionKey>> ListUnreadAsync(CancellationToken cancellation = default);
}

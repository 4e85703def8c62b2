using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Ends an execution whose journal or workflow version cannot be read, so that it neither blocks others nor is tried for ever: as failed, or as
/// cancelled where somebody asked for that. Its row says in both cases why it could not go on.
/// </summary>
/// <param name="record">The execution, owned by this process.</param>
/// <param name="error">Why it cannot be loaded.</param>
/// <param name="now">The time of its end.</param>
internal sealed class UnloadableExecution(ExecutionRecord record, ExecutionError error, DateTimeOffset now)
{
    /// <summary>What waits in its inbox, and goes with it.</summary>
    public IReadOnlyList<InboxMessage> Inbox { get; init; } = [];

    /// <summary>The message to the execution that waits for it; null: none does.</summary>
    public AppendInbox? ToParent { get; init; }

    private bool IsCancelled => Inbox.Any(message => message.Kind is InboxMessage.Cancel);

    /// <summary>The commit that ends it.</summary>
    public AdvanceExecution End() => new(record.Tenant, record.Id, record.Owner, record.Seq)
    {
        WorkflowId = record.WorkflowId,
        Entry = new JournalEntry(record.Seq + 1, record.Seq + 1, new JsonText(Value.List(Event()).ToUtf8())),
        Status = IsCancelled ? ExecutionStatus.Cancelled : ExecutionStatus.Failed,
        NewOwner = 0,
        CurrentStep = record.CurrentStep,
        TotalNodes = record.TotalNodes,
        CompletedNodes = record.CompletedNodes,
        StartedAt = record.StartedAt,
        Update = new ExecutionUpdate(default, default, new JsonText(((Value)error.ToValue()).ToUtf8()), default, now, 0),
        ConsumedMessages = [.. Inbox.Select(message => message.Id)],
        Messages = ToParent is null ? [] : [ToParent],
    };

    private MapValue Event() => MapValue.Of(
        ("seq", record.Seq + 1),
        ("type", IsCancelled ? "workflow_cancelled" : "workflow_failed"),
        ("time", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'")),
        ("data", MapValue.Of("error", error.ToValue())));
}

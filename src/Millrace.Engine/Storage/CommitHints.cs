using Millrace.Core.Executions;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Storage;

/// <summary>Which hints a committed batch gives. A store publishes them once the batch is durable.</summary>
public static class CommitHints
{
    /// <summary>Publishes the hints of a batch.</summary>
    public static void Publish(this ChangeHub hub, IReadOnlyList<Mutation> batch, IReadOnlyList<CommitResult> results)
    {
        var makesRoom = false;
        for (var index = 0; index < batch.Count; index++)
        {
            var result = results[index];
            makesRoom |= result.MakesRoom;
            if (result.Outcome is WriteOutcome.Done)
                Publish(hub, batch[index], result);
        }
        if (makesRoom)
            hub.Publish(new Change(ChangeKind.Room, "", ""));
    }

    private static void Publish(ChangeHub hub, Mutation mutation, CommitResult result)
    {
        switch (mutation)
        {
            case AdvanceExecution advance:
                PublishOf(hub, advance.Tenant, advance.ExecutionId, advance.Entry, advance.Status, advance.Messages, result, advance.Waits);
                break;
            case CreateExecution create:
                PublishOf(hub, create.Tenant, create.Execution.Id, create.Entry, create.Execution.Status, create.Messages, result, create.Waits);
                break;
            case AppendInbox append: Woken(hub, append); break;
            case AnswerWait answer: Woken(hub, answer.Message); break;
            case AnswerTask answer: Woken(hub, answer.Message); break;
            case SaveWorkflow save: hub.Publish(new Change(ChangeKind.Workflow, save.Tenant, save.Workflow.Id)); break;
            case ActivateWorkflow activate: hub.Publish(new Change(ChangeKind.Workflow, activate.Tenant, activate.Id)); break;
            case DeleteWorkflow delete: hub.Publish(new Change(ChangeKind.Workflow, delete.Tenant, delete.Id)); break;
            case PutSecret put: hub.Publish(new Change(ChangeKind.Secret, put.Tenant, put.Secret.Name)); break;
            case DeleteSecret delete: hub.Publish(new Change(ChangeKind.Secret, delete.Tenant, delete.Name)); break;
            case SaveIntegration save: hub.Publish(new Change(ChangeKind.Integration, save.Tenant, save.Integration.Name)); break;
            case DeleteIntegration delete: hub.Publish(new Change(ChangeKind.Integration, delete.Tenant, delete.Name)); break;
            case PutWorkerTypes put: hub.Publish(new Change(ChangeKind.WorkerTypes, put.Tenant, "")); break;
            default: break; // Claims, leases, caches, published events and retention change nothing that others keep.
        }
    }

    private static void PublishOf(
        ChangeHub hub,
        string tenant,
        string executionId,
        JournalEntry? entry,
        ExecutionStatus status,
        IReadOnlyList<AppendInbox> messages,
        CommitResult result,
        IReadOnlyList<WaitChange> waits)
    {
        if (entry is not null)
            hub.Publish(new Change(ChangeKind.Journaled, tenant, executionId));
        for (var index = 0; index < waits.Count; index++)
        {
            if (waits[index] is WaitChange.Queued { Task.Type: var queued })
                hub.Publish(new Change(ChangeKind.Tasks, tenant, queued));
            else if (waits[index] is WaitChange.Finished { Type: var finished })
                hub.Publish(new Change(ChangeKind.Tasks, tenant, finished));
        }
        for (var index = 0; result is CommitResult.Sent sent && index < messages.Count; index++)
        {
            if (sent.Messages[index].Outcome is WriteOutcome.Done)
                Woken(hub, messages[index]);
        }
        if (status.IsTerminal())
            hub.Publish(new Change(ChangeKind.ExecutionEnded, tenant, executionId));
    }

    private static void Woken(ChangeHub hub, AppendInbox message) => hub.Publish(new Change(ChangeKind.ExecutionWoken, message.Tenant, message.ExecutionId));
}

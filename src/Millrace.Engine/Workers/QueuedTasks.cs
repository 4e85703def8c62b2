using System.Globalization;
using Millrace.Core.Executions;
using Millrace.Engine.Blobs;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Workers;

/// <summary>Makes the tasks that an execution leaves for workers, so that they need not look into it.</summary>
/// <param name="machine">Knows what arrived at a node.</param>
/// <param name="state">The execution.</param>
/// <param name="values">What is large of a task goes to the blob store.</param>
/// <param name="priority">The priority of the execution.</param>
internal sealed class QueuedTasks(Machine machine, ExecutionState state, ExecutionValues values, int priority)
{
    /// <summary>The task that a run waits for.</summary>
    /// <exception cref="StoreException">What is large of it cannot be stored.</exception>
    public WorkerTask Of(string id, NodeRun run, DateTimeOffset since)
    {
        var data = machine.DataOf(run);
        return new WorkerTask
        {
            Tenant = state.Identity.Tenant,
            Id = id,
            ExecutionId = state.Identity.Id,
            WorkflowId = state.Identity.WorkflowId,
            Version = state.Identity.WorkflowVersion,
            NodeId = run.Node.Id,
            Iteration = run.Iteration,
            Attempt = int.Parse(run.Wait!.Name!, CultureInfo.InvariantCulture),
            Type = WorkerTypes.KeyOf(run.Node.Definition.Type),
            Priority = priority,
            Config = new JsonText(values.ToUtf8(run.Input)),
            Data = data.IsNull ? default : new JsonText(values.ToUtf8(data)),
            IdempotencyKey = Nodes.EffectContext.KeyOf(state.KeyId, run.Node.Id, run.Iteration, run.Generation),
            QueuedAt = since,
            DueAt = run.DueAt,
        };
    }
}

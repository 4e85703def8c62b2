using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Effects;

/// <summary>Starts the children of executions.</summary>
internal interface IChildStarter
{
    /// <summary>See <see cref="EffectChildren.StartAsync"/>.</summary>
    ValueTask<StartOutcome> StartChildAsync(EffectContext parent, string workflowId, int? version, Value input, bool waits, CancellationToken cancellation);

    /// <summary>See <see cref="EffectChildren.UndoAsync"/>.</summary>
    ValueTask<UndoOutcome> UndoAsync(EffectContext parent, string executionId, CancellationToken cancellation);
}

/// <summary>Starts children as the engine starts any execution, under a key that the same attempt always has.</summary>
internal sealed class ChildStarter(Func<StartRequest, CancellationToken, Task<StartOutcome>> start, Forking forking) : IChildStarter
{
    // A workflow that runs itself would otherwise fill the disk before anybody looks.
    private const int DeepestChild = 50;

    public async ValueTask<UndoOutcome> UndoAsync(EffectContext parent, string executionId, CancellationToken cancellation) =>
        await forking.UndoAsync(parent, executionId, cancellation);

    public async ValueTask<StartOutcome> StartChildAsync(EffectContext parent, string workflowId, int? version, Value input, bool waits, CancellationToken cancellation)
    {
        if (parent.Host.Depth >= DeepestChild)
            return new StartOutcome.TooDeep(DeepestChild);
        return await start(new StartRequest
        {
            Tenant = parent.Tenant,
            WorkflowId = workflowId,
            Version = version,
            Input = input,
            TriggerType = "workflow",
            ParentId = parent.ExecutionId,
            Parent = waits ? new ParentLink(parent.ExecutionId, parent.NodeId, parent.Iteration) : null,
            Depth = parent.Host.Depth + 1,
            Idempotency = new IdempotencyKey("child", $"{parent.ExecutionId}:{parent.NodeId}:{parent.Iteration}:{parent.Generation}:{parent.Attempt}"),
        }, cancellation);
    }
}

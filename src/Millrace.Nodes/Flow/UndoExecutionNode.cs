using System.ComponentModel;
using Millrace.Core.Definitions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;

namespace Millrace.Nodes.Flow;

internal sealed record UndoExecutionConfig
{
    [Description("The completed execution to undo. If a template gives null, there is nothing to do.")]
    public string? ExecutionId { get; init; }
}

/// <summary>
/// Undoes what a completed execution did: by itself for the children of an execution that compensates, or wherever an author puts it.
/// </summary>
internal sealed class UndoExecutionNode : EffectNodeType<UndoExecutionConfig>
{
    private const string Name = "undoExecution";

    /// <summary>What undoes a node that has waited for a child; of a child that nobody waited for, nothing is known.</summary>
    public static CompensationDefinition OfChild(NodeDefinition node) => new(
        Name,
        MapValue.Of("executionId", $"{{{{ nodes[{((Value)node.Id).ToJson()}].?meta.?executionId }}}}"),
        // The nodes that undo the child have retries of their own.
        RetryPolicy.None,
        Source: node.Source);

    protected override NodeTypeDescription Describe() => new()
    {
        Type = Name,
        Title = "Undo execution",
        Summary = "Undoes a completed execution with the compensations of its nodes, the last one first, and waits until that is done.",
        Category = "Flow",
        Kind = NodeKind.Effect,
        MayWait = true,
        Repetition = Repetition.Keyed,
    };

    protected override async ValueTask<NodeOutcome> ExecuteAsync(
        UndoExecutionConfig config, EffectContext context, CancellationToken cancellation)
    {
        if (config.ExecutionId is not { } id)
            return NodeOutcome.Completed(Value.Null);
        return await context.Children.UndoAsync(id, cancellation) switch
        {
            UndoOutcome.Started started => new NodeOutcome { Wait = new NodeWait(NodeWait.Child, DueAt: null, started.ExecutionId) },
            UndoOutcome.Done => NodeOutcome.Completed(MapValue.Of("undone", id)),
            UndoOutcome.Refused refused => NodeOutcome.Failed(refused.Type, refused.Message),
            var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
        };
    }
}

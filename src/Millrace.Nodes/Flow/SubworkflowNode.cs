using System.ComponentModel;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.Nodes;
using Millrace.Engine.Runtime;

namespace Millrace.Nodes.Flow;

internal sealed record SubworkflowConfig
{
    [Description("The workflow to run.")]
    public required string WorkflowId { get; init; }

    [Description("The version to run; by default, the current one.")]
    public int? Version { get; init; }

    [Description("Its input. By default, what arrives at the node.")]
    public Value Input { get; init; }

    [Description("Whether to wait for its result; otherwise the node returns the id of the execution at once.")]
    public bool Wait { get; init; } = true;
}

/// <summary>Runs another workflow as a child of this execution.</summary>
internal sealed class SubworkflowNode : EffectNodeType<SubworkflowConfig>
{
    protected override NodeTypeDescription Describe() => new()
    {
        Type = "subworkflow",
        Aliases = ["executeWorkflow", "callWorkflow"],
        Title = "Subworkflow",
        Summary = "Runs another workflow and returns its result; if it fails, the node fails, and a cancel reaches it too.",
        Category = "Flow",
        Kind = NodeKind.Effect,
        MayWait = true,
        Repetition = Repetition.Keyed,
        UndoneBy = UndoExecutionNode.OfChild,
    };

    protected override async ValueTask<NodeOutcome> ExecuteAsync(
        SubworkflowConfig config, EffectContext context, CancellationToken cancellation)
    {
        var started = await context.Children.StartAsync(
            config.WorkflowId, config.Version, config.Input.IsNull ? context.Data : config.Input, config.Wait, cancellation);
        switch (started)
        {
            case StartOutcome.Accepted accepted:
                return Started(accepted.Execution.Id, config.Wait);
            case StartOutcome.Duplicate duplicate:
                return Started(duplicate.ExecutionId, config.Wait);
            case StartOutcome.NotFound:
                return NodeOutcome.Failed(
                    "not_found",
                    $"There is no workflow '{config.WorkflowId}'{(config.Version is { } version ? $" with a version {version}" : "")}.");
            case StartOutcome.IsDraft:
                return NodeOutcome.Failed(
                    "draft", $"The workflow '{config.WorkflowId}' is a draft and cannot run; fix its problems and save it.");
            case StartOutcome.Invalid invalid:
                return NodeOutcome.Failed(
                    "invalid_input",
                    $"The workflow '{config.WorkflowId}' does not accept this input: "
                        + $"{string.Join(' ', invalid.Problems.Select(problem => problem.Message))}");
            case StartOutcome.TooDeep tooDeep:
                return NodeOutcome.Failed(
                    "too_deep",
                    $"Executions are already nested {tooDeep.Levels} levels deep, so '{config.WorkflowId}' was not started; a "
                        + "workflow that runs itself must end.");
            default:
                throw new InvalidOperationException($"Unknown outcome {started.GetType().Name}.");
        }
    }

    private static NodeOutcome Started(string executionId, bool waits) => waits
        ? new NodeOutcome { Wait = new NodeWait(NodeWait.Child, DueAt: null, executionId) }
        : NodeOutcome.Completed(MapValue.Of("executionId", executionId));
}

using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What an execution, or one item or turn of a body, gives back.</summary>
internal static class ExecutionResult
{
    /// <summary>The output nodes' values, or without one the last nodes' outputs: one as it is, several by node id.</summary>
    public static Value Of(Frame frame)
    {
        var results = Given(frame);
        return results.Count switch
        {
            0 => Value.Null,
            1 => results[0].Output,
            _ => MapValue.Create(results.Select(run => KeyValuePair.Create(run.Node.Id, run.Output))),
        };
    }

    /// <summary>Whether there are output nodes, and none of them ran.</summary>
    public static bool IsMissing(Frame frame) =>
        frame.Block.Results.Any(node => node.Type.Role == NodeRole.Output) && Given(frame).Count == 0;

    private static List<NodeRun> Given(Frame frame) =>
        [.. frame.Block.Results.Select(node => DataFlow.FindRun(frame, node)).OfType<NodeRun>().Where(run => run.HasOutput)];
}

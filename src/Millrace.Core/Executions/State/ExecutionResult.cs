using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What an execution, or one item or turn of a body, gives back.</summary>
internal static class ExecutionResult
{
    /// <summary>
    /// The output nodes' values, or without one that ran the last nodes' outputs: one as it is, several by node id.
    /// </summary>
    public static Value Of(Frame frame)
    {
        var results = With(frame, frame.Block.Results);
        if (results.Count == 0 && frame.Block.Results.Any(node => node.Type.Role == NodeRole.Output))
            results = With(frame, frame.Block.Nodes.Where(node => !IsFollowed(frame, node)));
        return results.Count switch
        {
            0 => Value.Null,
            1 => results[0]!.Output,
            _ => MapValue.Create(results.Select(run => KeyValuePair.Create(run!.Node.Id, run.Output))),
        };
    }

    private static List<NodeRun?> With(Frame frame, IEnumerable<GraphNode> nodes) =>
        [.. nodes.Select(node => DataFlow.FindRun(frame, node)).Where(run => run is { HasOutput: true })];

    // Whether some node behind it ran, so that it is not the last on its way.
    private static bool IsFollowed(Frame frame, GraphNode node) => node.IsLoop
        || node.Outgoing.Any(edge => edge.Target is { } target && DataFlow.FindRun(frame, target) is { HasOutput: true });
}

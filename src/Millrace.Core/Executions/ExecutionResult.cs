using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>What an execution gives back.</summary>
internal static class ExecutionResult
{
    /// <summary>The output nodes' values, or without one the last nodes' outputs: one as it is, several by node id.</summary>
    public static Value Of(ExecutionState state)
    {
        var outputs = state.Graph.Nodes.Where(node => node.Type.Role == NodeRole.Output).ToList();
        var sources = outputs.Count > 0 ? outputs : (IEnumerable<Graphs.GraphNode>)state.Graph.Ends;
        var results = sources.Select(state.Root.Run).Where(run => run is { HasOutput: true }).ToList();
        return results.Count switch
        {
            0 => Value.Null,
            1 => results[0]!.Output,
            _ => MapValue.Create(results.Select(run => KeyValuePair.Create(run!.Node.Id, run.Output))),
        };
    }
}

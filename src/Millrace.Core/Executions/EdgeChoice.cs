using System.Collections.Immutable;
using Millrace.Core.Expressions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Decides which of a node's edges are taken once it has ended.</summary>
internal static class EdgeChoice
{
    /// <summary>
    /// The edges that are not taken: those of other ports, and those whose condition does not hold. Unlabelled edges belong to every
    /// port but an exclusive one. An error where a condition cannot be evaluated.
    /// </summary>
    /// <param name="scope">What conditions see; the node's own output is shown to them.</param>
    /// <param name="node">The node.</param>
    /// <param name="status">The status with which the node run ended.</param>
    /// <param name="output">The output of the node run.</param>
    /// <param name="port">The port it chose; null: none.</param>
    /// <param name="skipped">Indexes of the edges that are not taken.</param>
    /// <param name="isExclusive">Whether unlabelled edges are not taken either: the port is for what went wrong.</param>
    public static NodeError? Of(NodeScope scope, GraphNode node, NodeStatus status, Value output, string? port, out ImmutableArray<int> skipped, bool isExclusive = false)
    {
        skipped = [];
        foreach (var edge in node.Outgoing)
        {
            var taken = edge.Port is null ? !isExclusive : string.Equals(edge.Port, port, StringComparison.Ordinal);
            if (taken && edge.When is { } when)
            {
                scope.ShowOutput(node, status, output);
                var evaluated = TryEvaluate(when, scope, out taken, out var problem);
                scope.HideOutput();
                if (!evaluated)
                    return new NodeError("expression", $"The condition '{when.Source}' of edge '{edge.Id}' failed: {problem}");
            }
            if (!taken)
                skipped = skipped.Add(edge.Index);
        }
        return null;
    }

    /// <summary>Evaluates a condition; false with a sentence where it does not come to true or false.</summary>
    public static bool TryEvaluate(Expression condition, NodeScope scope, out bool holds, out string? problem)
    {
        var evaluation = condition.Evaluate(scope);
        holds = false;
        problem = evaluation.Error;
        if (evaluation.Succeeded && !evaluation.Value.TryGetBool(out holds))
            problem = $"it gives {evaluation.Value.Kind.ToString().ToLowerInvariant()}, not true or false";
        return problem is null;
    }
}

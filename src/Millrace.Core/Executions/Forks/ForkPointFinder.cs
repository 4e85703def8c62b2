using Millrace.Core.Graphs;
using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>
/// Finds where a journal can be gone on from, in one pass over it: what a node says, sets and suffers in one step is taken as one.
/// </summary>
/// <param name="seq">Where somebody wants to go on.</param>
/// <param name="node">The node before whose first event somebody wants to go on; null: <paramref name="seq"/> says it.</param>
public sealed class ForkPointFinder(long seq, string? node = null)
{
    private ExecutionEvent? _last;
    private long _wanted = seq;
    private bool _isNodeFound;

    /// <summary>The last event, at the wanted place or before it, after which nothing is half done.</summary>
    public long Seq { get; private set; } = 1;

    /// <summary>The wanted place; null: nothing has happened to the node.</summary>
    public long? Wanted => node is null || _isNodeFound ? _wanted : null;

    /// <summary>Takes the next event in.</summary>
    /// <returns>Whether more may follow that counts.</returns>
    public bool Take(ExecutionEvent e)
    {
        // Whether nothing is half done after an event can depend on the next.
        if (_last is { } last && !IsHalfDone(last) && e is not NodeSkipped { Reason: SkipReason.Overtaken })
            Seq = last.Seq;
        _last = e;
        if (node is not null && e is NodeEvent of && string.Equals(of.Node.Id, node, StringComparison.Ordinal))
        {
            _isNodeFound = true;
            _wanted = e.Seq - 1;
        }
        return e.Seq <= _wanted;
    }

    /// <summary>Call this after the last event.</summary>
    public void End()
    {
        if (_last is { } last && last.Seq <= _wanted && !IsHalfDone(last))
            Seq = last.Seq;
    }

    private static bool IsHalfDone(ExecutionEvent e) => e switch
    {
        NodeStarted started => started.Node.Logic is PureLogic,
        VariablesChanged or LogWritten => true,
        // What only a cancel or a stop has ended goes on where it was.
        NodeFailed { Handling: FailureHandling.Cancelled } => true,
        NodeCompleted completed => completed.Node.Type.EndsExecution,
        NodeFailed { Handling: FailureHandling.Body } failed => !IsCollected(failed.Node),
        NodeFailed failed => failed.Handling is FailureHandling.Fail or FailureHandling.Compensate,
        _ => false,
    };

    private static bool IsCollected(GraphNode node)
    {
        var block = node.Block;
        while (block.Kind != BlockKind.Body)
            block = block.Owner!.Block;
        return block.Owner!.Logic is ForEachLogic { Collects: true };
    }
}

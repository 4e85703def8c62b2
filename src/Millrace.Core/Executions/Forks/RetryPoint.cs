using Millrace.Core.Graphs;
using Millrace.Core.Nodes;

namespace Millrace.Core.Executions;

/// <summary>Where a retry goes on: just before the failure.</summary>
/// <param name="Seq">The last event that still counts.</param>
/// <param name="Failed">The node that failed; null: it was the workflow's timeout.</param>
/// <param name="Iteration">Its iteration path.</param>
/// <param name="Cause">Why it failed; null: it was the workflow's timeout.</param>
public sealed record RetryPoint(long Seq, GraphNode? Failed, string Iteration, NodeError? Cause = null);

/// <summary>Finds where a retry of an execution that failed goes on, in one pass over its journal.</summary>
public sealed class RetryPointFinder
{
    // The last events, as far as each of them may belong to the failure.
    private readonly List<ExecutionEvent> _tail = [];
    private bool _wasUndone;

    /// <summary>Takes the next event in.</summary>
    public void Take(ExecutionEvent e)
    {
        _wasUndone |= e is WorkflowCompensating;
        if (!IsOfFailure(e))
            _tail.Clear();
        _tail.Add(e);
    }

    /// <summary>The point; null where the journal so far does not end with a failure, or where that was undone.</summary>
    public RetryPoint? Find()
    {
        if (_tail is not [.., WorkflowFailed] || _wasUndone)
            return null;
        var at = _tail.Count - 1;
        NodeFailed? cause = null;
        while (at > 0 && _tail[at - 1] is NodeFailed { Handling: FailureHandling.Fail or FailureHandling.Body } failed)
            (cause, at) = (failed, at - 1);
        if (cause is null)
            return new RetryPoint(_tail[at].Seq - 1, null, "");
        while (at > 0 && IsPartOfAttempt(_tail[at - 1], cause))
            at--;
        return new RetryPoint(_tail[at].Seq - 1, cause.Node, cause.Iteration, cause.Error);
    }

    private static bool IsOfFailure(ExecutionEvent e) =>
        e is WorkflowFailed or NodeFailed or LogWritten or VariablesChanged or NodeStarted { Node.Logic: PureLogic };

    // What a node said and set before it failed is said and set again; of one without effects, that it began too.
    private static bool IsPartOfAttempt(ExecutionEvent e, NodeFailed cause) => e switch
    {
        LogWritten log => string.Equals(log.NodeId, cause.Node.Id, StringComparison.Ordinal)
            && string.Equals(log.Iteration, cause.Iteration, StringComparison.Ordinal),
        VariablesChanged changed => string.Equals(changed.NodeId, cause.Node.Id, StringComparison.Ordinal),
        NodeStarted started => ReferenceEquals(started.Node, cause.Node) && cause.Node.Logic is PureLogic
            && string.Equals(started.Iteration, cause.Iteration, StringComparison.Ordinal),
        _ => false,
    };
}

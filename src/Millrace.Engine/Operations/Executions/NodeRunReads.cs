using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Engine.History;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Operations.Executions;

/// <summary>Reads what an execution did: its node runs, and its state as of any event.</summary>
public sealed class NodeRunReads(ExecutionReads executions, ExecutionHistory history)
{
    /// <summary>A page of node runs with their values, in the order in which they began.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">The execution.</param>
    /// <param name="after">The number of the run before the page; 0: from the first.</param>
    /// <param name="limit">How many runs at most; fewer where they are large.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<Outcome<ReadRuns>> ListAsync(Caller caller, string id, int after, int limit, CancellationToken cancellation)
    {
        if (!(await executions.FindAsync(caller, id, cancellation)).IsDone(out var execution, out var refusal))
            return refusal;
        return await ToReadAsync(execution, await history.Runs.ReadAsync(execution, after, limit, cancellation));
    }

    /// <summary>An execution as of an event, with a page of the runs that it had by then.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">The execution.</param>
    /// <param name="at">The seq of the event; null: the last one.</param>
    /// <param name="after">The number of the run before the page; 0: from the first.</param>
    /// <param name="limit">How many runs at most; fewer where they are large.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<Outcome<ReadState>> ReadStateAsync(
        Caller caller, string id, long? at, int after, int limit, CancellationToken cancellation)
    {
        if (!(await executions.FindAsync(caller, id, cancellation)).IsDone(out var execution, out var refusal))
            return refusal;
        var (moment, page) = await history.Runs.ReadMomentAsync(execution, at, after, limit, cancellation);
        return new ReadState(moment, await ToReadAsync(execution, page));
    }

    /// <summary>
    /// How an execution stands, with a page of its node runs without values: what those ask who ask again and again.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">The execution.</param>
    /// <param name="after">The number of the run before the page; 0: from the first.</param>
    /// <param name="limit">How many runs at most.</param>
    /// <param name="inFull">Whether the execution's own values are wanted in full.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<Outcome<PolledExecution>> PollAsync(
        Caller caller, string id, int after, int limit, bool inFull, CancellationToken cancellation)
    {
        var found = inFull ? await executions.ReadAsync(caller, id, cancellation) : await executions.FindAsync(caller, id, cancellation);
        if (!found.IsDone(out var execution, out var refusal))
            return refusal;
        var page = await history.Runs.ReadRowsAsync(execution, after, limit, cancellation);
        return new PolledExecution(execution, page, await history.Runs.ReadErrorsAsync(execution, page.Rows, cancellation));
    }

    // Only what waits is told how to go on, and that is in the graph.
    private async ValueTask<ReadRuns> ToReadAsync(ExecutionRecord execution, NodeRunPage page)
    {
        var identity = new ExecutionIdentity(execution.Tenant, execution.Id, execution.WorkflowId, execution.Version);
        var graph = page.Runs.Any(run => run.Wait is not null) ? await history.GraphAsync(identity, execution.Version) : null;
        return new ReadRuns(identity, page, graph);
    }
}

/// <summary>Node runs of an execution.</summary>
/// <param name="Execution">The execution.</param>
/// <param name="Page">The runs.</param>
/// <param name="Graph">The graph that it runs; null: no run of the page waits.</param>
public sealed record ReadRuns(ExecutionIdentity Execution, NodeRunPage Page, CompiledGraph? Graph);

/// <summary>An execution as of an event.</summary>
/// <param name="Moment">Its state.</param>
/// <param name="Runs">A page of the runs that it had by then.</param>
public sealed record ReadState(ExecutionMoment Moment, ReadRuns Runs);

/// <summary>How an execution stands.</summary>
/// <param name="Execution">The execution.</param>
/// <param name="Page">A page of its node runs.</param>
/// <param name="Errors">Their errors, in the same order; null: it has none.</param>
public sealed record PolledExecution(ExecutionRecord Execution, NodeRunRows Page, IReadOnlyList<NodeError?> Errors);

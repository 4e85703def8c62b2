using Millrace.Engine.Feed;
using Millrace.Engine.Operations.Approvals;
using Millrace.Engine.Operations.Executions;
using Millrace.Engine.Runtime;
using Millrace.Engine.Storage;
using Millrace.Engine.Waits;

namespace Millrace.Engine.Operations;

/// <summary>Everything that can be asked of an engine, by capability. Transports translate requests into these, and what they answer into replies.</summary>
public sealed class EngineOperations
{
    /// <summary>The operations of an engine.</summary>
    public EngineOperations(WorkflowEngine engine, IStore store, ExecutionHistory history, EventFeed feed, SignedLinks links, Draining draining, TimeProvider time)
    {
        Executions = new ExecutionReads(store, history);
        Starts = new ExecutionStarts(engine, store, history, draining, time);
        Control = new ExecutionControl(engine, store, history, new TransitionWatch(store, feed, draining, time));
        Forks = new ExecutionForks(engine, store, history, Starts, draining);
        Bulk = new BulkExecutions(engine, store, Control, Forks, draining);
        Migrations = new Migrations(engine, store, history);
        Approvals = new ApprovalAnswers(engine, store, links, time);
    }

    /// <summary>Looks at executions.</summary>
    public ExecutionReads Executions { get; }

    /// <summary>Starts executions.</summary>
    public ExecutionStarts Starts { get; }

    /// <summary>Steers executions.</summary>
    public ExecutionControl Control { get; }

    /// <summary>Makes executions of the past of others.</summary>
    public ExecutionForks Forks { get; }

    /// <summary>Does the same to many executions.</summary>
    public BulkExecutions Bulk { get; }

    /// <summary>Moves executions to other versions of their workflow.</summary>
    public Migrations Migrations { get; }

    /// <summary>What waits for people.</summary>
    public ApprovalAnswers Approvals { get; }
}

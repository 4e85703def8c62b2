using System.Collections.Immutable;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>
/// Something that happened to an execution: the journal is a list of these, and everything else is a fold of it.
/// The set is closed; <see cref="EventJson"/> names each as the API does.
/// </summary>
public abstract record ExecutionEvent
{
    /// <summary>Its place in the journal, from 1, without gaps.</summary>
    public long Seq { get; internal set; }

    /// <summary>The recorded time of the input that caused it.</summary>
    public DateTimeOffset Time { get; internal set; }
}

/// <summary>The execution began.</summary>
/// <param name="Start">The input and options of the execution.</param>
public sealed record WorkflowStarted(ExecutionStart Start) : ExecutionEvent;

/// <summary>Nothing runs; it waits.</summary>
/// <param name="Until">When it goes on by itself; null: only by a signal.</param>
public sealed record WorkflowWaiting(DateTimeOffset? Until) : ExecutionEvent;

/// <summary>The execution ended; nothing comes after it.</summary>
public abstract record WorkflowEnded : ExecutionEvent
{
    /// <summary>The names of signals that came and that no node waited for, each once; null: there are none.</summary>
    public Value Unread { get; internal set; }
}

/// <summary>The execution completed.</summary>
/// <param name="Result">Its result.</param>
public sealed record WorkflowCompleted(Value Result) : WorkflowEnded;

/// <summary>It ended with an error.</summary>
/// <param name="Error">The error.</param>
public sealed record WorkflowFailed(ExecutionError Error) : WorkflowEnded;

/// <summary>Somebody ended it.</summary>
/// <param name="Reason">Why, in their words.</param>
public sealed record WorkflowCancelled(string? Reason) : WorkflowEnded;

/// <summary>Somebody holds it: nothing new begins.</summary>
/// <param name="Reason">Why, in their words.</param>
public sealed record WorkflowPaused(string? Reason) : ExecutionEvent;

/// <summary>It goes on after a pause.</summary>
public sealed record WorkflowResumed : ExecutionEvent;

/// <summary>It failed, and undoes what was completed before it ends.</summary>
/// <param name="Error">Why it failed.</param>
public sealed record WorkflowCompensating(ExecutionError Error) : ExecutionEvent;

/// <summary>It runs another version of its workflow from here on.</summary>
/// <param name="Graph">The compiled graph of that version.</param>
/// <param name="Version">Its number.</param>
/// <param name="State">The state as that version has it (see <see cref="ExecutionState.ToSnapshot"/>).</param>
public sealed record WorkflowMigrated(CompiledGraph Graph, int Version, Value State) : ExecutionEvent;

/// <summary>Something came from outside and is kept until a node takes it.</summary>
/// <param name="Delivery">The message.</param>
public sealed record SignalReceived(Delivery Delivery) : ExecutionEvent;

/// <summary>Something that happened to one run of a node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Iteration">The iteration path, such as "0.3.2"; empty at the top level.</param>
public abstract record NodeEvent(GraphNode Node, string Iteration) : ExecutionEvent
{
    /// <summary>The seq of the <see cref="SignalReceived"/> that ended the node's wait; 0: none did.</summary>
    public long Signal { get; internal set; }
}

/// <summary>An attempt began. For an effect this is its intent: durable before the effect starts.</summary>
/// <param name="Attempt">From 1.</param>
/// <param name="Input">Its config as rendered for this attempt.</param>
public sealed record NodeStarted(GraphNode Node, string Iteration, int Attempt, Value Input) : NodeEvent(Node, Iteration);

/// <summary>A node ended well.</summary>
/// <param name="Attempt">The attempt that did.</param>
/// <param name="Output">Its output.</param>
/// <param name="Port">The port it chose.</param>
/// <param name="Meta">About the run.</param>
/// <param name="SkippedEdges">Indexes of its outgoing edges that are not taken.</param>
/// <param name="Duration">Milliseconds since the attempt began.</param>
public sealed record NodeCompleted(GraphNode Node, string Iteration, int Attempt, Value Output, string? Port, Value Meta, ImmutableArray<int> SkippedEdges, long Duration) : NodeEvent(Node, Iteration);

/// <summary>A node failed for good.</summary>
/// <param name="Attempt">The last attempt.</param>
/// <param name="Error">The error.</param>
/// <param name="Handling">How the graph goes on.</param>
/// <param name="SkippedEdges">Indexes of its outgoing edges that are not taken.</param>
/// <param name="Duration">Milliseconds since the attempt began.</param>
public sealed record NodeFailed(GraphNode Node, string Iteration, int Attempt, NodeError Error, FailureHandling Handling, ImmutableArray<int> SkippedEdges, long Duration) : NodeEvent(Node, Iteration);

/// <summary>An attempt failed and another follows.</summary>
/// <param name="Attempt">The attempt that failed.</param>
/// <param name="Error">The error.</param>
/// <param name="DueAt">When the next one begins.</param>
public sealed record NodeRetrying(GraphNode Node, string Iteration, int Attempt, NodeError Error, DateTimeOffset DueAt) : NodeEvent(Node, Iteration);

/// <summary>A node does not run.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="SkippedEdges">Indexes of its outgoing edges that are not taken: all, or, where it is bypassed, the labelled ones.</param>
/// <param name="Output">What a bypassed node passes on.</param>
public sealed record NodeSkipped(GraphNode Node, string Iteration, SkipReason Reason, ImmutableArray<int> SkippedEdges, Value Output) : NodeEvent(Node, Iteration);

/// <summary>A node waits.</summary>
/// <param name="Wait">For what.</param>
public sealed record NodeWaiting(GraphNode Node, string Iteration, NodeWait Wait) : NodeEvent(Node, Iteration);

/// <summary>An effect leaves for the world now. Recorded only where a crash afterwards must not just run it again.</summary>
/// <param name="Attempt">The attempt.</param>
public sealed record NodeDispatched(GraphNode Node, string Iteration, int Attempt) : NodeEvent(Node, Iteration);

/// <summary>A step inside an effect ended: while the node's run goes on it never runs again.</summary>
/// <param name="Attempt">The attempt in which it did.</param>
/// <param name="Step">The step, and what it came to.</param>
/// <param name="Duration">How long it took, in milliseconds.</param>
/// <param name="Usage">What it spent on models.</param>
public sealed record StepCompleted(GraphNode Node, string Iteration, int Attempt, StepRecord Step, long Duration, Spending Usage) : NodeEvent(Node, Iteration);

/// <summary>An effect began before a crash, and whether it happened is unknown.</summary>
/// <param name="Policy">What is done about it.</param>
public sealed record NodeInDoubt(GraphNode Node, string Iteration, Definitions.InDoubtPolicy Policy) : NodeEvent(Node, Iteration);

/// <summary>Variables were set.</summary>
/// <param name="Changes">New values, of those that were replaced.</param>
/// <param name="NodeId">By which node.</param>
/// <param name="Iteration">Its iteration path.</param>
public sealed record VariablesChanged(MapValue Changes, string? NodeId, string Iteration = "") : ExecutionEvent
{
    /// <summary>
    /// Of variables that nodes set side by side: this node's part of them. Of one that is not among the changes, the value is to be made of all
    /// parts, by <see cref="Merge"/>; in older journals it is always among the changes too.
    /// </summary>
    public MapValue Parts { get; init; } = MapValue.Empty;

    /// <summary>Of other variables: what is added to their values, by <see cref="Merge"/>.</summary>
    public MapValue Added { get; init; } = MapValue.Empty;

    /// <summary>How parts and what is added join what is there.</summary>
    public Nodes.VariableMerge Merge { get; init; }
}

/// <summary>A line for the log.</summary>
/// <param name="Line">The line.</param>
/// <param name="NodeId">By which node; null: the engine's.</param>
/// <param name="Iteration">Its iteration path.</param>
public sealed record LogWritten(LogLine Line, string? NodeId, string Iteration) : ExecutionEvent;

/// <summary>What a failure does to the graph.</summary>
public enum FailureHandling
{
    /// <summary>The execution fails.</summary>
    Fail,
    /// <summary>The edges of the error port are taken.</summary>
    ErrorPort,
    /// <summary>The unlabelled edges are taken.</summary>
    Continue,
    /// <summary>Nothing follows: the execution is being cancelled.</summary>
    Cancelled,
    /// <summary>The body that it is in fails: the item, or the node that runs the body.</summary>
    Body,
    /// <summary>What was completed is undone, then the execution fails.</summary>
    Compensate,
}

/// <summary>Why a node does not run.</summary>
public enum SkipReason
{
    /// <summary>No way led to it.</summary>
    NotReached,
    /// <summary>One of its conditions did not hold; its outgoing edges are skipped.</summary>
    Condition,
    /// <summary>One of its conditions did not hold; in a sequence the next step follows.</summary>
    BypassedByCondition,
    /// <summary>It is disabled; what arrived is passed on.</summary>
    Disabled,
    /// <summary>The join that it leads to has gone on without it, and cancels who comes too late.</summary>
    Overtaken,
}

/// <summary>What an execution is started with.</summary>
public sealed record ExecutionStart
{
    /// <summary>The input of the execution.</summary>
    public Value Input { get; init; }

    /// <summary>Input values for individual nodes, by node id.</summary>
    public MapValue Inputs { get; init; } = MapValue.Empty;

    /// <summary>The variables at the beginning: the workflow's, overlaid by the caller's.</summary>
    public MapValue Variables { get; init; } = MapValue.Empty;

    /// <summary>What started it: {type, ...}; what expressions see as `trigger`.</summary>
    public MapValue Trigger { get; init; } = MapValue.Empty;

    /// <summary>The one start node that is taken; null: all of them.</summary>
    public string? StartNode { get; init; }

    /// <summary>The node of another execution that waits for this one; null: none does.</summary>
    public ParentLink? Parent { get; init; }

    /// <summary>The version of the workflow that it begins with; 0: not said.</summary>
    public int Version { get; init; }

    /// <summary>The execution that it goes on from; null: it begins at the beginning.</summary>
    public ForkOrigin? Origin { get; init; }

    /// <summary>Of a fork: the state to go on from (see <see cref="ExecutionState.ToSnapshot"/>).</summary>
    public Value State { get; init; }
}

/// <summary>Where a fork comes from.</summary>
/// <param name="ExecutionId">The execution.</param>
/// <param name="Seq">The event after which it goes on.</param>
/// <param name="KeyId">The execution whose id is in the idempotency keys: the fork's own, or, for a retry, the one that is retried.</param>
/// <param name="Confirmed">Whether somebody agreed that effects in doubt run again.</param>
/// <param name="Undoes">Whether it undoes what that execution did, instead of going on with it.</param>
public sealed record ForkOrigin(string ExecutionId, long Seq, string KeyId, bool Confirmed, bool Undoes = false);

/// <summary>The node that waits for a child.</summary>
/// <param name="ExecutionId">Its execution.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Iteration">Its iteration path.</param>
public sealed record ParentLink(string ExecutionId, string NodeId, string Iteration)
{
    /// <summary>The message that tells the parent how a child has ended.</summary>
    /// <param name="childId">The child.</param>
    /// <param name="output">What it has given; null: nothing.</param>
    /// <param name="error">Why it has given nothing; null: it has completed.</param>
    public OutgoingMessage EndMessage(string childId, Value output, ExecutionError? error)
    {
        var payload = new MapBuilder().Set("nodeId", NodeId).Set("iteration", Iteration).Set("name", childId).Set("meta", MapValue.Of("executionId", childId));
        return new OutgoingMessage(ExecutionId, NodeWait.Child, (error is null ? payload.SetIfPresent("output", output) : payload.Set("error", error.ToValue())).Build());
    }
}

/// <summary>Why an execution failed.</summary>
/// <param name="Type">A stable identifier, such as http or timeout.</param>
/// <param name="Message">The message, as a sentence.</param>
/// <param name="NodeId">The node it came from; null: none.</param>
/// <param name="Iteration">That node's iteration path.</param>
/// <param name="Attempt">The attempt; 0: none.</param>
/// <param name="Details">More details, as data.</param>
public sealed record ExecutionError(string Type, string Message, string? NodeId = null, string Iteration = "", int Attempt = 0, Value Details = default)
{
    /// <summary>The error as data: {type, message, nodeId?, iteration?, attempt?, details?}.</summary>
    public MapValue ToValue()
    {
        var builder = new MapBuilder().Set("type", Type).Set("message", Message);
        if (NodeId is not null)
            builder.Set("nodeId", NodeId);
        if (Iteration.Length > 0)
            builder.Set("iteration", Iteration);
        if (Attempt > 0)
            builder.Set("attempt", (long)Attempt);
        return builder.SetIfPresent("details", Details).Build();
    }
}

using System.Collections.Immutable;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>One run of a node: in one frame, at most one.</summary>
public sealed class NodeRun
{
    internal NodeRun(GraphNode node, Frame frame) => (Node, Frame) = (node, frame);

    /// <summary>The node of the compiled graph.</summary>
    public GraphNode Node { get; }

    /// <summary>The iteration path; empty at the top level.</summary>
    public string Iteration => Frame.Iteration;

    /// <summary>The status of the run.</summary>
    public NodeStatus Status { get; internal set; }

    /// <summary>The current attempt, from 1; 0: none yet.</summary>
    public int Attempt { get; internal set; }

    /// <summary>Grows when somebody retries by hand an effect that is known to have failed; part of the idempotency key.</summary>
    public int Generation { get; internal set; }

    /// <summary>The config as rendered for the current attempt.</summary>
    public Value Input { get; internal set; }

    /// <summary>Its output, once it has one.</summary>
    public Value Output { get; internal set; }

    /// <summary>Whether it has an output: completed, bypassed, or failed and handled.</summary>
    public bool HasOutput { get; internal set; }

    /// <summary>The port it chose.</summary>
    public string? Port { get; internal set; }

    /// <summary>Data about the run rather than its result: usage, cost, timings.</summary>
    public Value Meta { get; internal set; }

    /// <summary>The error of the attempt that failed last, until another begins or it completes.</summary>
    public NodeError? Error { get; internal set; }

    /// <summary>When the current attempt began.</summary>
    public DateTimeOffset StartedAt { get; internal set; }

    /// <summary>When it ended; null until then.</summary>
    public DateTimeOffset? CompletedAt { get; internal set; }

    /// <summary>When a wait or a pause between attempts ends.</summary>
    public DateTimeOffset? DueAt { get; internal set; }

    /// <summary>What it waits for; null: for nothing.</summary>
    public NodeWait? Wait { get; internal set; }

    /// <summary>The seq of the event with which it began to wait or to pause; orders what is due at one time.</summary>
    public long WaitSeq { get; internal set; }

    /// <summary>Its place in the order in which the execution's runs began, from 1; 0: not known.</summary>
    public int Number { get; internal set; }

    /// <summary>Where its events are in the journal.</summary>
    public RunPlaces Places { get; internal set; }

    /// <summary>Whether its effect has left for the world, as far as that is recorded: only for nodes that do not just run again.</summary>
    public bool IsDispatched { get; internal set; }

    /// <summary>The steps of its effect that have ended, by when they did; none once the run is over: then they are in the journal only.</summary>
    public ImmutableArray<StepRecord> Steps { get; internal set; } = [];

    /// <summary>Whether an effect of it is under way.</summary>
    public bool IsEffectRunning => Status == NodeStatus.Running && Node.Logic is EffectLogic;

    /// <summary>Whether it is not over: running, waiting, between attempts, or in doubt.</summary>
    public bool IsActive => Status is NodeStatus.Running or NodeStatus.Waiting or NodeStatus.Retrying or NodeStatus.InDoubt;

    /// <summary>Whether it waits for time, a message or a person.</summary>
    public bool IsWaiting => Status is NodeStatus.Waiting or NodeStatus.Retrying or NodeStatus.InDoubt;

    /// <summary>What is known of its effect.</summary>
    public EffectStanding? Effect => Node.Logic is not EffectLogic || Status is NodeStatus.Pending or NodeStatus.Skipped ? null
        : Status switch
        {
            NodeStatus.InDoubt => EffectStanding.InDoubt,
            NodeStatus.Running => EffectStanding.NotStarted,
            NodeStatus.Cancelled => EffectStanding.InDoubt,
            _ => EffectStanding.Confirmed,
        };

    internal Frame Frame { get; }

    /// <summary>A step that has ended; null: none of that number has.</summary>
    internal StepRecord? FindStep(int number)
    {
        foreach (var step in Steps)
        {
            if (step.Number == number)
                return step;
        }
        return null;
    }

    /// <summary>Of a node with a body: how far it is.</summary>
    internal BodyRun? Body { get; set; }

    internal NodeRunRow ToRow() => new(
        Number, Node.Id, Node.Type.Type, Iteration, Status, Attempt, Port, Effect,
        StartedAt == default ? null : StartedAt, CompletedAt, DueAt,
        Status == NodeStatus.Waiting ? Places : Places with { Wait = 0 });
}

/// <summary>What is known of an effect.</summary>
public enum EffectStanding
{
    /// <summary>It is about to begin, or has begun; nobody has had reason to doubt yet.</summary>
    NotStarted,
    /// <summary>It began, and how it ended is unknown.</summary>
    InDoubt,
    /// <summary>How it ended is recorded.</summary>
    Confirmed,
}

/// <summary>How far a node is with its body.</summary>
internal sealed class BodyRun
{
    /// <summary>The frames that have not ended; of a loop, its last one, ended or not.</summary>
    public List<Frame> Frames { get; } = [];

    /// <summary>Turns or items begun.</summary>
    public int Started { get; set; }

    /// <summary>Turns or items ended.</summary>
    public int Finished { get; set; }

    /// <summary>The number of items that failed.</summary>
    public int Failed { get; set; }

    /// <summary>Of a forEach: the items.</summary>
    public ListValue Items { get; set; } = ListValue.Empty;

    /// <summary>Of a forEach: the results so far, by item.</summary>
    public Value[] Results { get; set; } = [];

    /// <summary>Of a while: the last turn's result.</summary>
    public Value Result { get; set; }
}

/// <summary>A completed node that something can undo.</summary>
/// <param name="Node">The node.</param>
/// <param name="Iteration">Its iteration path.</param>
/// <param name="Input">Its config as rendered.</param>
/// <param name="Output">Its output.</param>
/// <param name="Meta">About its run.</param>
internal sealed record Undo(GraphNode Node, string Iteration, Value Input, Value Output, Value Meta);

using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>One run of a node: in one frame, at most one.</summary>
public sealed class NodeRun(GraphNode node, string iteration)
{
    /// <summary>The node.</summary>
    public GraphNode Node { get; } = node;

    /// <summary>The iteration path; empty at the top level.</summary>
    public string Iteration { get; } = iteration;

    /// <summary>Where it stands.</summary>
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

    /// <summary>About the run.</summary>
    public Value Meta { get; internal set; }

    /// <summary>Its last error.</summary>
    public NodeError? Error { get; internal set; }

    /// <summary>When the current attempt began.</summary>
    public DateTimeOffset StartedAt { get; internal set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? CompletedAt { get; internal set; }

    /// <summary>When a wait or a pause between attempts ends.</summary>
    public DateTimeOffset? DueAt { get; internal set; }

    /// <summary>Whether an effect of it is under way.</summary>
    public bool IsEffectRunning => Status == NodeStatus.Running && Node.Logic is EffectLogic;
}

using System.Collections.Immutable;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Something the machine must answer to. The set is closed.</summary>
public abstract record MachineInput;

/// <summary>Starts the execution.</summary>
/// <param name="Start">With what.</param>
public sealed record StartInput(ExecutionStart Start) : MachineInput;

/// <summary>An attempt of an effect ended.</summary>
/// <param name="Node">Which node's.</param>
/// <param name="Iteration">In which iteration.</param>
/// <param name="Attempt">Which attempt; an answer to an earlier one is dropped.</param>
/// <param name="Outcome">How.</param>
public sealed record EffectFinishedInput(GraphNode Node, string Iteration, int Attempt, NodeOutcome Outcome) : MachineInput;

/// <summary>A step inside an effect ended.</summary>
/// <param name="Node">Which node's.</param>
/// <param name="Iteration">In which iteration.</param>
/// <param name="Attempt">In which attempt; one of an earlier attempt is dropped.</param>
/// <param name="Step">Which, and what it came to; another of its number is dropped.</param>
/// <param name="Duration">How long it took, in milliseconds.</param>
/// <param name="Usage">What it spent on models.</param>
public sealed record StepCompletedInput(GraphNode Node, string Iteration, int Attempt, StepRecord Step, long Duration, Spending Usage) : MachineInput;

/// <summary>Time has passed: do what is due.</summary>
public sealed record TimePassedInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly TimePassedInput Instance = new();
}

/// <summary>Somebody wants it ended.</summary>
/// <param name="Reason">Why, in their words.</param>
public sealed record CancelInput(string? Reason) : MachineInput;

/// <summary>The grace period of a cancel is over: what still runs counts as in doubt.</summary>
public sealed record CancelGraceOverInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly CancelGraceOverInput Instance = new();
}

/// <summary>A new owner has folded the journal: effects that were under way may or may not have happened.</summary>
public sealed record RecoveredInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly RecoveredInput Instance = new();
}

/// <summary>Something came from outside.</summary>
/// <param name="Delivery">What.</param>
public sealed record DeliveryInput(Delivery Delivery) : MachineInput;

/// <summary>Somebody wants it held.</summary>
/// <param name="Reason">Why, in their words.</param>
public sealed record PauseInput(string? Reason) : MachineInput;

/// <summary>Somebody wants it to go on after a pause.</summary>
public sealed record ResumeInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly ResumeInput Instance = new();
}

/// <summary>Go on with what is ready: the last turn ended before all of it was done.</summary>
public sealed record ContinueInput : MachineInput
{
    /// <summary>The shared instance.</summary>
    public static readonly ContinueInput Instance = new();
}

/// <summary>An effect that must not just run again after a crash may leave for the world.</summary>
/// <param name="Node">Which node's.</param>
/// <param name="Iteration">In which iteration.</param>
/// <param name="Attempt">Which attempt.</param>
public sealed record EffectAdmittedInput(GraphNode Node, string Iteration, int Attempt) : MachineInput;

/// <summary>Somebody says what became of an effect in doubt.</summary>
/// <param name="NodeId">Which node's.</param>
/// <param name="Iteration">In which iteration; null: the first in doubt.</param>
/// <param name="Outcome">How it ended; null: unknown, it runs again under the same key.</param>
public sealed record ResolveInput(string NodeId, string? Iteration, NodeOutcome? Outcome) : MachineInput;

/// <summary>Somebody wants it to go on with another version of its workflow.</summary>
/// <param name="Graph">That version.</param>
/// <param name="Version">Its number.</param>
/// <param name="Mapping">New ids of nodes, by the old ones.</param>
public sealed record MigrateInput(CompiledGraph Graph, int Version, MapValue Mapping) : MachineInput;

/// <summary>A message for another execution, to be stored with the events.</summary>
/// <param name="ExecutionId">Which.</param>
/// <param name="Kind">"child" to a parent, "cancel" to a child.</param>
/// <param name="Payload">What it says.</param>
public sealed record OutgoingMessage(string ExecutionId, string Kind, MapValue Payload);

/// <summary>An effect to start, once every event so far is durable.</summary>
/// <param name="Node">The node.</param>
/// <param name="Iteration">Its iteration path.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Generation">See <see cref="NodeRun.Generation"/>.</param>
/// <param name="Input">Its rendered config.</param>
/// <param name="Data">What arrived at the node.</param>
public sealed record EffectStart(GraphNode Node, string Iteration, int Attempt, int Generation, Value Input, Value Data)
{
    /// <summary>The steps of the run that are recorded already.</summary>
    public ImmutableArray<StepRecord> Steps { get; init; } = [];
}

using System.Collections.Immutable;
using Millrace.Core.Graphs;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>A message for another execution, to be stored with the events.</summary>
/// <param name="ExecutionId">The id of the execution.</param>
/// <param name="Kind">"child" to a parent, "cancel" to a child.</param>
/// <param name="Payload">The content of the message.</param>
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

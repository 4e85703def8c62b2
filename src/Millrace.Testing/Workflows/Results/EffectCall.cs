using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Results;

/// <summary>An attempt of an effect: faked or not, something was about to be done to the world.</summary>
/// <param name="WorkflowId">The workflow that did.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Type">Its type, by its canonical name.</param>
/// <param name="Iteration">The iteration path, such as "0.3"; empty at the top level.</param>
/// <param name="Attempt">Which attempt, from 1.</param>
/// <param name="Config">The node's config with its templates filled in; secrets stand as they are written.</param>
/// <param name="IdempotencyKey">The same for every attempt.</param>
public sealed record EffectCall(
    string WorkflowId, string NodeId, string Type, string Iteration, int Attempt, Value Config, string IdempotencyKey);

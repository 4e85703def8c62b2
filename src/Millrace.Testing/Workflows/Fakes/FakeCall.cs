using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Fakes;

/// <summary>What a faked node is asked to do.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Type">Its type, by its canonical name.</param>
/// <param name="Config">Its config: of an effect with its templates filled in, secrets left as they are written; of any other as it is
/// written.</param>
/// <param name="Data">What arrived at it.</param>
/// <param name="Iteration">Of an effect: the iteration path, such as "0.3"; empty at the top level.</param>
/// <param name="Attempt">Of an effect: which attempt it is, from 1.</param>
/// <param name="IdempotencyKey">Of an effect: the same for every attempt; empty for any other.</param>
public sealed record FakeCall(
    string NodeId, string Type, Value Config, Value Data, string Iteration = "", int Attempt = 1, string IdempotencyKey = "");

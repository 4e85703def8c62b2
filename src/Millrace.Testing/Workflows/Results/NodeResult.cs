using Millrace.Core.Executions;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Testing.Workflows.Results;

/// <summary>One run of a node.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Type">Its type, by its canonical name.</param>
/// <param name="Iteration">The iteration path, such as "0.3"; empty at the top level.</param>
/// <param name="Status">Its status.</param>
public sealed record NodeResult(string NodeId, string Type, string Iteration, NodeStatus Status)
{
    /// <summary>How many attempts it had.</summary>
    public int Attempts { get; init; }

    /// <summary>Of an effect: its config with its templates filled in.</summary>
    public Value Input { get; init; }

    /// <summary>The output of the last run; null before it completed.</summary>
    public Value Output { get; init; }

    /// <summary>The port it took; null: none.</summary>
    public string? Port { get; init; }

    /// <summary>About the run: usage, cost, ...</summary>
    public Value Meta { get; init; }

    /// <summary>The error that it failed with, or with which it waits for its next attempt; null: none.</summary>
    public NodeError? Error { get; init; }

    /// <summary>What it waits for; null: for nothing.</summary>
    public NodeWait? Wait { get; init; }

    /// <summary>When its last attempt began, in virtual time.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, in virtual time; null: it has not.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The node and its iteration, as in a path: "charge", or "charge[0]".</summary>
    public string Step => Iteration.Length == 0 ? NodeId : $"{NodeId}[{Iteration}]";

    internal static NodeResult Of(NodeRunDetails run) => new(run.Row.NodeId, run.Row.Type, run.Row.Iteration, run.Row.Status)
    {
        Attempts = run.Row.Attempt,
        Input = run.Input,
        Output = run.Output,
        Port = run.Row.Port,
        Meta = run.Meta,
        Error = run.Error,
        Wait = run.Wait,
        StartedAt = run.Row.StartedAt ?? default,
        CompletedAt = run.Row.CompletedAt,
    };

    internal MapValue ToValue() => new MapBuilder()
        .Set("status", Status.Name())
        .Set("attempts", (long)Attempts)
        .SetIfPresent("iteration", Iteration.Length == 0 ? Value.Null : Iteration)
        .SetIfPresent("port", Port).Set("input", Input).Set("output", Output).Set("meta", Meta.IsNull ? MapValue.Empty : Meta)
        .Set(
            "error", Error is null ? Value.Null : MapValue.Of(("type", Error.Type), ("message", Error.Message), ("details", Error.Details)))
        .Build();
}

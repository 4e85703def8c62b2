using System.Collections.Immutable;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>A node run with its values.</summary>
/// <param name="Row">All but the values.</param>
public sealed record NodeRunDetails(NodeRunRow Row)
{
    /// <summary>The config as rendered for the current attempt; null for nodes without effects.</summary>
    public Value Input { get; private init; }

    /// <summary>Its output, once it has one.</summary>
    public Value Output { get; private init; }

    /// <summary>About the run: usage, cost, ...</summary>
    public Value Meta { get; private init; }

    /// <summary>The error of the attempt that failed last, unless another has begun or it has completed since.</summary>
    public NodeError? Error { get; private init; }

    /// <summary>The failed attempts, in their order; at most the last <see cref="RunPlaces.MaxFailures"/>.</summary>
    public ImmutableArray<FailedAttempt> Failures { get; private init; } = [];

    /// <summary>What it waits for; null: for nothing.</summary>
    public NodeWait? Wait { get; private init; }

    /// <summary>About how many bytes its values take.</summary>
    public long Weight => (long)Input.Weight + Output.Weight + Meta.Weight
        + Failures.Sum(failure => (long)failure.Error.Message.Length + failure.Error.Details.Weight);

    /// <summary>The error of a run.</summary>
    /// <param name="row">The row of the node run.</param>
    /// <param name="e">The event that its row names for it.</param>
    public static NodeError? ErrorOf(NodeRunRow row, Value e) =>
        SayingOf(e, row)["error"] is { IsNull: false } error ? EventReader.ReadNodeError(error) : null;

    /// <summary>The seqs of the events that the values of a run are in.</summary>
    public static IEnumerable<long> EventsOf(RunPlaces places) =>
        ((IEnumerable<long>)[places.Input, places.Output, places.Error, places.Wait, .. places.Failures]).Where(seq => seq > 0).Distinct();

    /// <summary>Puts a run together.</summary>
    /// <param name="row">All but the values.</param>
    /// <param name="events">The events that <see cref="EventsOf"/> names, as journaled, by their seqs.</param>
    /// <exception cref="InvalidDataException">They do not say what they should.</exception>
    public static NodeRunDetails Read(NodeRunRow row, IReadOnlyDictionary<long, Value> events)
    {
        Value At(long seq) => seq == 0 ? Value.Null : SayingOf(events[seq], row);
        try
        {
            var output = At(row.Places.Output);
            var error = At(row.Places.Error)["error"];
            return new NodeRunDetails(row)
            {
                Input = At(row.Places.Input)["input"],
                Output = IsFailure(events, row.Places.Output) ? FailedOutput(row, output) : output["output"],
                Meta = output["meta"],
                Error = error.IsNull ? null : EventReader.ReadNodeError(error),
                Failures = [.. row.Places.Failures.Select(seq => FailureIn(At(seq)))],
                Wait = row.Places.Wait == 0 ? null : WaitIn(At(row.Places.Wait)),
            };
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"The events of run {row.Number}, node '{row.NodeId}', are damaged: {e.Message}", e);
        }
    }

    private static FailedAttempt FailureIn(Value saying) =>
        new((int)saying["attempt"].AsInt(), EventReader.ReadNodeError(saying["error"]));

    private static NodeWait? WaitIn(Value saying)
    {
        var wait = saying["wait"].IsNull ? saying : saying["wait"];
        return wait["kind"].IsNull ? null : SnapshotJson.ReadWait(wait);
    }

    private static bool IsFailure(IReadOnlyDictionary<long, Value> events, long seq) =>
        seq > 0 && events[seq]["type"].Equals("node_failed");

    private static MapValue FailedOutput(NodeRunRow row, Value failed)
    {
        var error = EventReader.ReadNodeError(failed["error"]);
        var attempt = (int)failed["attempt"].AsInt();
        var inFull = new ExecutionError(error.Type, error.Message, row.NodeId, row.Iteration, attempt, error.Details);
        return MapValue.Of("error", inFull.ToValue());
    }

    // What an event says of a run: its data, or its part of the state that a fork or another version took over.
    private static Value SayingOf(Value e, NodeRunRow row)
    {
        var state = e["data"]["state"];
        if (state.IsNull)
            return e["data"];
        foreach (var frame in (IEnumerable<Value>)state["frames"].AsList())
        {
            if (!frame["iteration"].Equals(row.Iteration))
                continue;
            foreach (var run in (IEnumerable<Value>)frame["runs"].AsList())
            {
                if (run["nodeId"].Equals(row.NodeId) && run["loop"].IsNull)
                    return run;
            }
        }
        return Value.Null;
    }
}

/// <summary>An attempt that failed.</summary>
/// <param name="Attempt">The number of the attempt, from 1.</param>
/// <param name="Error">The error.</param>
public sealed record FailedAttempt(int Attempt, NodeError Error);

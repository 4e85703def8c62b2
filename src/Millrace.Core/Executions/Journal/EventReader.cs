using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Reads journaled events back. The other half of <see cref="EventJson"/>.</summary>
public static class EventReader
{
    /// <summary>Reads one journal row of an execution that never changes its version.</summary>
    /// <param name="utf8">A JSON array of events.</param>
    /// <param name="graph">The graph that the execution runs.</param>
    /// <param name="values">Where its large values are.</param>
    /// <exception cref="InvalidDataException">The row is damaged or of another workflow version; the message says where.</exception>
    public static IEnumerable<ExecutionEvent> ReadAll(ReadOnlySpan<byte> utf8, CompiledGraph graph, StoredValues values)
    {
        var events = new List<ExecutionEvent>();
        foreach (var item in (IEnumerable<Value>)Parse(utf8, values))
            events.Add(Read(item, graph, events.Count));
        return events;
    }

    /// <summary>Reads one journal row as data: a list of events.</summary>
    /// <param name="utf8">A JSON array of events.</param>
    /// <param name="values">Where its large values are.</param>
    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public static ListValue Parse(ReadOnlySpan<byte> utf8, StoredValues values)
    {
        try
        {
            return values.Read(utf8).AsList();
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"A journal row is damaged at its event 1: {e.Message}", e);
        }
    }

    /// <summary>The version of the workflow that the events from this one on are of; null: that of those before.</summary>
    public static int? VersionOf(Value item) =>
        item["type"].TryGetString(out var type) && type is "workflow_started" or "workflow_migrated" && item["data"]["version"].TryGetInt(out var version) ? (int)version : null;

    /// <summary>Reads one event.</summary>
    /// <param name="item">The event as data.</param>
    /// <param name="graph">The graph of the version that it is of.</param>
    /// <param name="index">Its place in its row, for the message of an error.</param>
    /// <exception cref="InvalidDataException">It is damaged or of another workflow version.</exception>
    public static ExecutionEvent Read(Value item, CompiledGraph graph, int index)
    {
        try
        {
            return Read(item, graph);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"A journal row is damaged at its event {index + 1}: {e.Message}", e);
        }
    }

    private static ExecutionEvent Read(Value json, CompiledGraph graph)
    {
        var seq = json["seq"].AsInt();
        var data = json["data"];
        var type = json["type"].AsString();
        ExecutionEvent e = type switch
        {
            "workflow_started" => new WorkflowStarted(StartJson.Read(data)),
            "workflow_waiting" => new WorkflowWaiting(Time(data["until"])),
            "workflow_completed" => new WorkflowCompleted(data["result"]) { Unread = data["unread"] },
            "workflow_failed" => new WorkflowFailed(ReadExecutionError(data["error"])) { Unread = data["unread"] },
            "workflow_cancelled" => new WorkflowCancelled(Text(data["reason"])) { Unread = data["unread"] },
            "workflow_paused" => new WorkflowPaused(Text(data["reason"])),
            "workflow_resumed" => new WorkflowResumed(),
            "workflow_migrated" => new WorkflowMigrated(graph, (int)data["version"].AsInt(), data["state"]),
            "workflow_compensating" => new WorkflowCompensating(ReadExecutionError(data["error"])),
            "signal_received" => new SignalReceived(ReadDelivery(json, data)),
            "variables_changed" => new VariablesChanged(data["changes"].AsMap(), Text(json["nodeId"]), Iteration(json))
            {
                Parts = Map(data["parts"]),
                Added = Map(data["added"]),
                Merge = data["merge"].IsNull ? VariableMerge.Replace : Parse<VariableMerge>(data["merge"]),
            },
            "log" => new LogWritten(new LogLine(data["level"].AsString(), data["message"].AsString(), data["data"]), Text(json["nodeId"]), Iteration(json)),
            _ => ReadNodeEvent(type, json, data, graph, seq),
        };
        e.Seq = seq;
        e.Time = Time(json["time"]) ?? throw new InvalidDataException($"Event {seq} has no time.");
        return e;
    }

    private static NodeEvent ReadNodeEvent(string type, Value json, Value data, CompiledGraph graph, long seq)
    {
        var id = json["nodeId"].AsString();
        var node = graph.Find(id) ?? throw new InvalidDataException($"Event {seq} is of node '{id}', which this version of the workflow does not have.");
        var e = ReadNodeEvent(type, node, Iteration(json), data, graph, seq);
        if (data["signal"].TryGetInt(out var signal))
            e.Signal = signal;
        return e;
    }

    private static NodeEvent ReadNodeEvent(string type, GraphNode node, string iteration, Value data, CompiledGraph graph, long seq)
    {
        return type switch
        {
            "node_started" => new NodeStarted(node, iteration, Attempt(data), data["input"]),
            "node_completed" => new NodeCompleted(node, iteration, Attempt(data), data["output"], Text(data["port"]), data["meta"], Edges(data, graph), data["duration"].AsInt()),
            "node_failed" => new NodeFailed(node, iteration, Attempt(data), ReadNodeError(data["error"]), Parse<FailureHandling>(data["handling"]), Edges(data, graph), data["duration"].AsInt()),
            "node_retrying" => new NodeRetrying(node, iteration, Attempt(data), ReadNodeError(data["error"]), Time(data["dueAt"])!.Value),
            "node_skipped" => new NodeSkipped(node, iteration, Parse<SkipReason>(data["reason"]), Edges(data, graph), data["output"]),
            "node_waiting" => new NodeWaiting(node, iteration, new NodeWait(data["kind"].AsString(), Time(data["dueAt"]), Text(data["name"]), data["details"])),
            "node_dispatched" => new NodeDispatched(node, iteration, Attempt(data)),
            "step_completed" => new StepCompleted(node, iteration, Attempt(data), StepJson.Read(data), data["duration"].AsInt(), Spending.Read(data["usage"])),
            "node_in_doubt" => new NodeInDoubt(node, iteration, Parse<InDoubtPolicy>(data["policy"])),
            _ => throw new InvalidDataException($"Event {seq} is of an unknown type '{type}'."),
        };
    }

    private static Delivery ReadDelivery(Value json, Value data)
    {
        var nodeId = Text(json["nodeId"]);
        var iteration = Text(json["iteration"]) ?? (data["topLevel"].TryGetBool(out var top) && top ? "" : null);
        return new Delivery(data["kind"].AsString(), Text(data["name"]), data["payload"], nodeId, iteration);
    }

    internal static ExecutionError ReadExecutionError(Value error) => new(
        error["type"].AsString(),
        error["message"].AsString(),
        Text(error["nodeId"]),
        Text(error["iteration"]) ?? "",
        error["attempt"].TryGetInt(out var attempt) ? (int)attempt : 0,
        error["details"]);

    internal static NodeError ReadNodeError(Value error) => new(
        error["type"].AsString(),
        error["message"].AsString(),
        error["retryable"].TryGetBool(out var retryable) && retryable,
        error["retryAfter"].TryGetInt(out var after) ? TimeSpan.FromMilliseconds(after) : null,
        error["details"]);

    private static ImmutableArray<int> Edges(Value data, CompiledGraph graph) => data["skippedEdges"].TryGetList(out var ids)
        ? [.. ((IEnumerable<Value>)ids).Select(id => graph.EdgesById[id.AsString()].Index)]
        : [];

    private static int Attempt(Value data) => (int)data["attempt"].AsInt();

    private static string Iteration(Value json) => Text(json["iteration"]) ?? "";

    private static string? Text(Value value) => value.TryGetString(out var text) ? text : null;

    private static MapValue Map(Value value) => value.TryGetMap(out var map) ? map : MapValue.Empty;

    internal static DateTimeOffset? Time(Value value) => value.TryGetString(out var text)
        ? Rfc3339.TryParse(text, out var time) ? time : throw new FormatException($"'{text}' is not a time.")
        : null;

    // Enum.Parse alone would also take numbers and lists of names.
    private static T Parse<T>(Value name) where T : struct, Enum
    {
        var text = name.AsString();
        return Enum.TryParse<T>(text, ignoreCase: true, out var value) && string.Equals(Enum.GetName(value), text, StringComparison.OrdinalIgnoreCase)
            ? value
            : throw new FormatException($"'{text}' is not a valid {typeof(T).Name}.");
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;

namespace Millrace.Core.Executions;

/// <summary>Writes events as the journal and the API have them: {seq, type, time, nodeId?, iteration?, data}.</summary>
public static class EventJson
{
    private static readonly JsonEncodedText Seq = JsonEncodedText.Encode("seq");
    private static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText NodeId = JsonEncodedText.Encode("nodeId");
    private static readonly JsonEncodedText Iteration = JsonEncodedText.Encode("iteration");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText NodeType = JsonEncodedText.Encode("nodeType");
    private static readonly JsonEncodedText Attempt = JsonEncodedText.Encode("attempt");
    private static readonly JsonEncodedText Duration = JsonEncodedText.Encode("duration");
    private static readonly JsonEncodedText Output = JsonEncodedText.Encode("output");

    /// <summary>The API's name of an event's type.</summary>
    public static string TypeOf(ExecutionEvent e) => e switch
    {
        WorkflowStarted => "workflow_started",
        WorkflowWaiting => "workflow_waiting",
        WorkflowCompleted => "workflow_completed",
        WorkflowFailed => "workflow_failed",
        WorkflowCancelled => "workflow_cancelled",
        WorkflowPaused => "workflow_paused",
        WorkflowResumed => "workflow_resumed",
        WorkflowCompensating => "workflow_compensating",
        WorkflowMigrated => "workflow_migrated",
        SignalReceived => "signal_received",
        NodeStarted => "node_started",
        NodeCompleted => "node_completed",
        NodeFailed => "node_failed",
        NodeRetrying => "node_retrying",
        NodeSkipped => "node_skipped",
        NodeWaiting => "node_waiting",
        NodeDispatched => "node_dispatched",
        NodeInDoubt => "node_in_doubt",
        StepCompleted => "step_completed",
        VariablesChanged => "variables_changed",
        LogWritten => "log",
        _ => throw new InvalidOperationException($"Unknown event {e.GetType().Name}."),
    };

    /// <summary>Whether nothing follows an event of this type in its execution.</summary>
    public static bool IsTerminal(string type) => type is "workflow_completed" or "workflow_failed" or "workflow_cancelled";

    /// <summary>Writes events as one JSON array, and notes where each of them is; what is large in them goes where the values are stored.</summary>
    public static void WriteAll(Utf8JsonWriter writer, IReadOnlyList<ExecutionEvent> events, CompiledGraph graph, StoredValues values, List<EventMark>? marks = null)
    {
        var begin = Written(writer);
        writer.WriteStartArray();
        for (var i = 0; i < events.Count; i++)
        {
            // A comma comes with the value that it precedes.
            var start = Written(writer) - begin + (i == 0 ? 0 : 1);
            Write(writer, events[i], graph, values);
            marks?.Add(new EventMark(events[i].Seq, TypeOf(events[i]), start, Written(writer) - begin - start));
        }
        writer.WriteEndArray();
    }

    /// <summary>Events as one JSON array, as <see cref="WriteAll"/> writes them.</summary>
    /// <param name="events">The events.</param>
    /// <param name="graph">The graph that they are of.</param>
    /// <param name="values">Where large values go.</param>
    /// <param name="marks">Takes where each event is in the text; null: nobody asks.</param>
    /// <param name="text">What holds the text if it is large enough; else replaced.</param>
    public static ReadOnlyMemory<byte> ToUtf8(
        IReadOnlyList<ExecutionEvent> events, CompiledGraph graph, StoredValues values, List<EventMark>? marks, ref byte[]? text) =>
        ScratchWriter.Write(
            (Events: events, Graph: graph, Values: values, Marks: marks),
            static (writer, all) => WriteAll(writer, all.Events, all.Graph, all.Values, all.Marks),
            ref text);

    private static int Written(Utf8JsonWriter writer) => checked((int)(writer.BytesCommitted + writer.BytesPending));

    private static void Write(Utf8JsonWriter writer, ExecutionEvent e, CompiledGraph graph, StoredValues values)
    {
        writer.WriteStartObject();
        writer.WriteNumber(Seq, e.Seq);
        writer.WriteString(Type, TypeOf(e));
        writer.WriteString(Time, e.Time.UtcDateTime);
        var (nodeId, iteration) = PlaceOf(e);
        if (nodeId is not null)
            writer.WriteString(NodeId, nodeId);
        if (iteration.Length > 0)
            writer.WriteString(Iteration, iteration);
        writer.WriteStartObject(Data);
        WriteData(writer, e, graph, values);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static (string? NodeId, string Iteration) PlaceOf(ExecutionEvent e) => e switch
    {
        NodeEvent node => (node.Node.Id, node.Iteration),
        VariablesChanged changed => (changed.NodeId, changed.Iteration),
        SignalReceived received => (received.Delivery.NodeId, received.Delivery.Iteration ?? ""),
        LogWritten log => (log.NodeId, log.Iteration),
        _ => (null, ""),
    };

    private static void WriteData(Utf8JsonWriter writer, ExecutionEvent e, CompiledGraph graph, StoredValues values)
    {
        if (e is WorkflowEnded { Unread.IsNull: false } ended)
            WriteValue(writer, "unread", ended.Unread, values);
        switch (e)
        {
            case WorkflowStarted started: WriteStart(writer, started.Start, values); break;
            case WorkflowWaiting { Until: { } until }: writer.WriteString("until", until.UtcDateTime); break;
            case WorkflowWaiting: break;
            case WorkflowCompleted completed: WriteValue(writer, "result", completed.Result, values); break;
            case WorkflowFailed failed: WriteValue(writer, "error", failed.Error.ToValue(), values); break;
            case WorkflowCancelled cancelled: WriteText(writer, "reason", cancelled.Reason); break;
            case WorkflowPaused paused: WriteText(writer, "reason", paused.Reason); break;
            case WorkflowResumed: break;
            case WorkflowCompensating compensating: WriteValue(writer, "error", compensating.Error.ToValue(), values); break;
            case WorkflowMigrated migrated:
                writer.WriteNumber("version", migrated.Version);
                WriteValue(writer, "state", migrated.State, values);
                break;
            case SignalReceived received: WriteDelivery(writer, received.Delivery, values); break;
            case NodeEvent node: WriteNode(writer, node, graph, values); break;
            case VariablesChanged changed:
                WriteValue(writer, "changes", changed.Changes, values);
                if (changed.Parts.Count + changed.Added.Count == 0)
                    break;
                if (changed.Parts.Count > 0)
                    WriteValue(writer, "parts", changed.Parts, values);
                if (changed.Added.Count > 0)
                    WriteValue(writer, "added", changed.Added, values);
                writer.WriteString("merge", JsonNamingPolicy.CamelCase.ConvertName(changed.Merge.ToString()));
                break;
            case LogWritten log:
                writer.WriteString("level", log.Line.Level);
                writer.WriteString("message", log.Line.Message);
                WriteValue(writer, "data", log.Line.Data, values);
                break;
        }
    }

    private static void WriteStart(Utf8JsonWriter writer, ExecutionStart start, StoredValues values)
    {
        foreach (var field in StartJson.Write(start).Entries)
            WriteValue(writer, field.Key.AsString(), field.Value, values);
    }

    private static void WriteDelivery(Utf8JsonWriter writer, Delivery delivery, StoredValues values)
    {
        writer.WriteString("kind", delivery.Kind);
        WriteText(writer, "name", delivery.Name);
        WriteValue(writer, "payload", delivery.Payload, values);
        // A missing path means any; the empty one is the top level's.
        if (delivery.Iteration is { Length: 0 })
            writer.WriteBoolean("topLevel", true);
    }

    private static void WriteNode(Utf8JsonWriter writer, NodeEvent e, CompiledGraph graph, StoredValues values)
    {
        writer.WriteString(NodeType, e.Node.Type.Type);
        if (e.Signal != 0)
            writer.WriteNumber("signal", e.Signal);
        switch (e)
        {
            case NodeStarted started:
                writer.WriteNumber(Attempt, started.Attempt);
                WriteValue(writer, "input", started.Input, values);
                break;
            case NodeCompleted completed:
                writer.WriteNumber(Attempt, completed.Attempt);
                writer.WriteNumber(Duration, completed.Duration);
                if (!completed.Output.IsNull)
                {
                    writer.WritePropertyName(Output);
                    values.Write(writer, completed.Output);
                }
                WriteText(writer, "port", completed.Port);
                WriteValue(writer, "meta", completed.Meta, values);
                WriteEdges(writer, completed.SkippedEdges, graph);
                break;
            case NodeFailed failed:
                writer.WriteNumber(Attempt, failed.Attempt);
                writer.WriteNumber(Duration, failed.Duration);
                WriteValue(writer, "error", ErrorValue(failed.Error), values);
                writer.WriteString("handling", JsonNamingPolicy.CamelCase.ConvertName(failed.Handling.ToString()));
                WriteEdges(writer, failed.SkippedEdges, graph);
                break;
            case NodeRetrying retrying:
                writer.WriteNumber(Attempt, retrying.Attempt);
                WriteValue(writer, "error", ErrorValue(retrying.Error), values);
                writer.WriteString("dueAt", retrying.DueAt.UtcDateTime);
                break;
            case NodeSkipped skipped:
                writer.WriteString("reason", JsonNamingPolicy.CamelCase.ConvertName(skipped.Reason.ToString()));
                WriteValue(writer, "output", skipped.Output, values);
                WriteEdges(writer, skipped.SkippedEdges, graph);
                break;
            case NodeWaiting waiting:
                writer.WriteString("kind", waiting.Wait.Kind);
                if (waiting.Wait.DueAt is { } due)
                    writer.WriteString("dueAt", due.UtcDateTime);
                WriteText(writer, "name", waiting.Wait.Name);
                WriteValue(writer, "details", waiting.Wait.Details, values);
                break;
            case NodeDispatched dispatched:
                writer.WriteNumber(Attempt, dispatched.Attempt);
                break;
            case StepCompleted step:
                writer.WriteNumber(Attempt, step.Attempt);
                writer.WriteNumber(Duration, step.Duration);
                StepJson.Write(writer, step.Step, values);
                WriteValue(writer, "usage", step.Usage.ToValue(), values);
                break;
            case NodeInDoubt doubt:
                writer.WriteString("policy", JsonNamingPolicy.CamelCase.ConvertName(doubt.Policy.ToString()));
                break;
        }
    }

    internal static MapValue ErrorValue(NodeError error)
    {
        var builder = new MapBuilder().Set("type", error.Type).Set("message", error.Message);
        if (error.Retryable)
            builder.Set("retryable", true);
        if (error.RetryAfter is { } after)
            builder.Set("retryAfter", (long)after.TotalMilliseconds);
        return builder.SetIfPresent("details", error.Details).Build();
    }

    private static void WriteEdges(Utf8JsonWriter writer, ImmutableArray<int> edges, CompiledGraph graph)
    {
        if (edges.IsEmpty)
            return;
        writer.WriteStartArray("skippedEdges");
        foreach (var edge in edges)
            writer.WriteStringValue(graph.Edges[edge].Id);
        writer.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter writer, string name, Value value, StoredValues values)
    {
        if (value.IsNull)
            return;
        writer.WritePropertyName(name);
        values.Write(writer, value);
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
            writer.WriteString(name, text);
    }
}

using System.Collections.Immutable;
using Millrace.Core.Executions;
using Millrace.Core.Values;

namespace Millrace.Engine.History;

/// <summary>One line of an execution's log: what a node wrote, or what the engine has to say about an event.</summary>
/// <param name="Seq">The place of its event in the journal.</param>
/// <param name="Time">When, RFC 3339.</param>
/// <param name="Level">One of <see cref="Levels"/>.</param>
/// <param name="Source">"node" or "engine".</param>
/// <param name="NodeId">The node that it is about; null: the whole execution.</param>
/// <param name="Iteration">In which iteration; null: in none.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Data">More, as data.</param>
public sealed record ExecutionLogLine(
    long Seq, Value Time, string Level, string Source, string? NodeId, string? Iteration, string Message, Value Data)
{
    /// <summary>The levels, the least important first.</summary>
    public static ImmutableArray<string> Levels { get; } = ["debug", "info", "warn", "error"];

    // About how long it is; what a node wrote is all that its event has.
    private const int OwnBytes = 200;

    /// <summary>About how many bytes it takes.</summary>
    internal int Weight { get; private init; }

    /// <summary>The line about an event.</summary>
    public static ExecutionLogLine Of(JournaledEvent e)
    {
        var json = ValueJson.Parse(e.Json.Span);
        var data = json["data"];
        var nodeId = Text(json["nodeId"]);
        var isNodes = string.Equals(e.Type, "log", StringComparison.Ordinal);
        var (level, message) = isNodes ? (Text(data["level"]) ?? "info", Text(data["message"]) ?? "") : Describe(e.Type, nodeId, data);
        var (source, more) = isNodes ? ("node", data["data"]) : ("engine", Value.Null);
        return new ExecutionLogLine(e.Seq, json["time"], level, source, nodeId, Text(json["iteration"]), message, more)
        {
            Weight = isNodes ? e.Json.Length : OwnBytes + message.Length,
        };
    }

    private static (string Level, string Message) Describe(string type, string? nodeId, Value data)
    {
        var error = Text(data["error"]["message"]);
        return type switch
        {
            "workflow_started" => ("info", "The execution started."),
            "workflow_waiting" => ("info", Text(data["until"]) is { } until
                ? $"The execution waits until {until}."
                : "The execution waits for a signal."),
            "workflow_completed" => ("info", "The execution completed."),
            "workflow_failed" => ("error", $"The execution failed: {error}"),
            "workflow_cancelled" => ("warn", Text(data["reason"]) is { } reason
                ? $"The execution was cancelled: {reason}"
                : "The execution was cancelled."),
            "node_started" => ("debug", $"Node '{nodeId}' started attempt {data["attempt"].ToJson()}."),
            "node_completed" => ("info", $"Node '{nodeId}' completed in {data["duration"].ToJson()} ms."),
            "node_failed" => ("error", $"Node '{nodeId}' failed: {error}"),
            "node_retrying" => ("warn", $"Node '{nodeId}' failed and will be retried at {Text(data["dueAt"])}: {error}"),
            "node_skipped" => ("info", $"Node '{nodeId}' was skipped ({Text(data["reason"])})."),
            "node_waiting" => ("info", $"Node '{nodeId}' waits."),
            "node_in_doubt" => (
                "warn",
                $"It is unknown whether the effect of node '{nodeId}' happened before the server stopped; policy: {Text(data["policy"])}."),
            "step_completed" when error is not null => ("warn", $"Step '{Text(data["name"])}' of node '{nodeId}' failed: {error}"),
            "step_completed" => ("debug", $"Step '{Text(data["name"])}' of node '{nodeId}' completed in {data["duration"].ToJson()} ms."),
            "variables_changed" => ("debug", $"Node '{nodeId}' set variables."),
            _ => ("info", type),
        };
    }

    private static string? Text(Value value) => value.TryGetString(out var text) ? text : null;
}

/// <summary>Which lines of a log are wanted.</summary>
/// <param name="Level">Those of this one of <see cref="ExecutionLogLine.Levels"/> and above.</param>
/// <param name="NodeId">Those about this node; null: all.</param>
public sealed record LogFilter(string Level = "debug", string? NodeId = null)
{
    internal bool Admits(ExecutionLogLine line) =>
        ExecutionLogLine.Levels.IndexOf(line.Level) >= ExecutionLogLine.Levels.IndexOf(Level)
        && (NodeId is null || string.Equals(line.NodeId, NodeId, StringComparison.Ordinal));
}

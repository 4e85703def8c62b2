using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Graphs;
using Millrace.Core.Nodes;
using Millrace.Core.Values;
using Millrace.Engine.History;
using Millrace.Engine.Waits;

namespace Millrace.Server.Executions;

/// <summary>Writes the node runs of an execution as the API shows them.</summary>
/// <param name="execution">The execution.</param>
/// <param name="links">Makes the addresses of callbacks.</param>
/// <param name="graph">The graph that it runs; null: no run waits.</param>
internal sealed class NodeRunJson(ExecutionIdentity execution, SignedLinks links, CompiledGraph? graph)
{
    public void WriteAll(Utf8JsonWriter writer, NodeRunPage page)
    {
        writer.WriteStartArray();
        foreach (var run in page.Runs)
            Write(writer, run);
        writer.WriteEndArray();
    }

    private void Write(Utf8JsonWriter writer, NodeRunDetails run)
    {
        var row = run.Row;
        writer.WriteStartObject();
        writer.WriteString("nodeId", row.NodeId);
        writer.WriteString("type", row.Type);
        writer.WriteString("iteration", row.Iteration);
        writer.WriteNumber("attempt", row.Attempt);
        writer.WriteString("status", row.Status.Name());
        writer.WriteString("port", row.Port);
        ExecutionJson.WriteValue(writer, "input", run.Input);
        ExecutionJson.WriteValue(writer, "output", run.Output);
        ExecutionJson.WriteValue(writer, "error", ErrorOf(run.Error));
        ExecutionJson.WriteValue(writer, "errors", ListValue.Create(run.Failures.Select(ErrorOf)));
        ExecutionJson.WriteValue(writer, "meta", run.Meta);
        var startedAt = row.StartedAt ?? row.CompletedAt;
        ExecutionJson.WriteTime(writer, "startedAt", startedAt);
        ExecutionJson.WriteTime(writer, "completedAt", row.CompletedAt);
        ExecutionJson.WriteDuration(writer, startedAt, row.CompletedAt);
        ExecutionJson.WriteTime(writer, "dueAt", row.DueAt);
        writer.WriteString("effect", row.Effect?.Name());
        ExecutionJson.WriteValue(writer, "wait", run.Wait is { } wait ? WaitOf(row, wait) : Value.Null);
        ExecutionJson.WriteValue(writer, "cost", run.Meta["cost"]);
        writer.WriteEndObject();
    }

    // What a person or program outside may want to know of what a node waits for. The address of a callback is made anew: a fork has its
    // own, and this server may have got another name.
    private Value WaitOf(NodeRunRow row, NodeWait wait)
    {
        var details = wait.Details;
        var logic = graph?.Find(row.NodeId)?.Logic;
        if (logic is WaitLogic { Link: { Kind: LinkKind.Callback } link }
            && links.LinkTo(execution, row.NodeId, row.Iteration, link) is { } url)
            details = MapValue.Of("url", url);
        return new MapBuilder().Set("kind", wait.Kind).SetIfPresent("name", wait.Name).SetIfPresent("details", details).Build();
    }

    /// <summary>An attempt's error as the API shows it.</summary>
    public static Value ErrorOf(NodeError? error) => error is null ? Value.Null : FieldsOf(error).Build();

    private static Value ErrorOf(FailedAttempt failure) => FieldsOf(failure.Error).Set("attempt", (long)failure.Attempt).Build();

    private static MapBuilder FieldsOf(NodeError error) => new MapBuilder()
        .Set("type", error.Type)
        .Set("message", error.Message)
        .Set("retryable", error.Retryable)
        .SetIfPresent("details", error.Details);
}

using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workers;
using Millrace.Server.Executions;

namespace Millrace.Server.Workers;

/// <summary>What workers are answered.</summary>
internal static class WorkerJson
{
    public static void WriteTypes(Utf8JsonWriter writer, ImmutableArray<WorkerType> types)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("types");
        foreach (var type in types)
        {
            writer.WriteStartObject();
            writer.WriteString("type", type.Type);
            writer.WriteStartArray("ports");
            foreach (var port in type.Ports)
                writer.WriteStringValue(port);
            writer.WriteEndArray();
            writer.WriteString("timeout", type.Timeout is { } timeout ? Durations.ToIso(timeout) : null);
            if (type.Concurrency is { } concurrency)
                writer.WriteNumber("concurrency", concurrency);
            else
                writer.WriteNull("concurrency");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static void WriteTasks(Utf8JsonWriter writer, IReadOnlyList<LeasedTask> tasks)
    {
        writer.WriteStartArray();
        foreach (var task in tasks)
            Write(writer, task);
        writer.WriteEndArray();
    }

    public static void WriteLease(Utf8JsonWriter writer, WorkerTask task)
    {
        writer.WriteStartObject();
        writer.WriteString("id", task.Id);
        ExecutionJson.WriteTime(writer, "leaseUntil", task.Lease!.Until);
        ExecutionJson.WriteTime(writer, "dueAt", task.DueAt);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, LeasedTask leased)
    {
        var task = leased.Task;
        writer.WriteStartObject();
        writer.WriteString("id", task.Id);
        writer.WriteString("type", leased.Type);
        writer.WriteString("token", task.Lease!.Token);
        ExecutionJson.WriteTime(writer, "leaseUntil", task.Lease.Until);
        ExecutionJson.WriteValue(writer, "config", leased.Config);
        ExecutionJson.WriteValue(writer, "data", leased.Data);
        writer.WriteString("executionId", task.ExecutionId);
        writer.WriteString("workflowId", task.WorkflowId);
        writer.WriteString("nodeId", task.NodeId);
        writer.WriteString("iteration", task.Iteration);
        writer.WriteNumber("attempt", task.Attempt);
        writer.WriteString("idempotencyKey", task.IdempotencyKey);
        ExecutionJson.WriteTime(writer, "queuedAt", task.QueuedAt);
        ExecutionJson.WriteTime(writer, "dueAt", task.DueAt);
        ExecutionJson.WriteValue(writer, "progress", task.Progress.IsEmpty ? Value.Null : ValueJson.Parse(task.Progress.Utf8.Span));
        writer.WriteEndObject();
    }
}

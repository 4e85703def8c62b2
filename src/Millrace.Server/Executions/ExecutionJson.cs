using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Limits;

namespace Millrace.Server.Executions;

/// <summary>Writes executions as the API shows them.</summary>
internal static class ExecutionJson
{
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText WorkflowId = JsonEncodedText.Encode("workflowId");
    private static readonly JsonEncodedText Status = JsonEncodedText.Encode("status");

    public static void Write(Utf8JsonWriter writer, ExecutionRecord execution)
    {
        writer.WriteStartObject();
        WriteFields(writer, execution);
        writer.WriteEndObject();
    }

    /// <summary>Writes its fields into an object that has begun.</summary>
    public static void WriteFields(Utf8JsonWriter writer, ExecutionRecord execution)
    {
        writer.WriteString(Id, execution.Id);
        writer.WriteString(WorkflowId, execution.WorkflowId);
        writer.WriteNumber("version", execution.Version);
        writer.WriteString(Status, execution.Status.Name());
        writer.WriteString("currentStep", execution.CurrentStep);
        WriteProgress(writer, execution.Status, execution.TotalNodes, execution.CompletedNodes);
        LimitJson.WritePendingReason(writer, execution);
        WriteRaw(writer, "variables", execution.Variables, "{}"u8);
        WriteRaw(writer, "input", execution.Input, "null"u8);
        WriteRaw(writer, "result", execution.Result, "null"u8);
        WriteError(writer, execution.Error);
        WriteRaw(writer, "cost", execution.Cost, """{"money":0,"tokensIn":0,"tokensOut":0}"""u8);
        writer.WriteString("trigger", execution.Trigger);
        writer.WriteString("correlationId", execution.CorrelationId);
        writer.WriteString("parentId", execution.ParentId);
        WriteTime(writer, "createdAt", execution.CreatedAt);
        WriteTime(writer, "startedAt", execution.StartedAt);
        WriteTime(writer, "completedAt", execution.CompletedAt);
        WriteDuration(writer, execution.StartedAt, execution.CompletedAt);
    }

    /// <summary>Where an execution is read.</summary>
    public static string LocationOf(HttpContext context, string id) => $"{context.Request.PathBase}/api/v1/executions/{id}";

    /// <summary>How far it is: floored, and at most 99 until it has completed.</summary>
    public static void WriteProgress(Utf8JsonWriter writer, ExecutionStatus status, int totalNodes, int completedNodes)
    {
        var percentage = status == ExecutionStatus.Completed ? 100 : totalNodes == 0 ? 0 : Math.Min(99L, completedNodes * 100L / totalNodes);
        writer.WriteStartObject("progress");
        writer.WriteNumber("totalNodes", totalNodes);
        writer.WriteNumber("completedNodes", completedNodes);
        writer.WriteNumber("percentage", percentage);
        writer.WriteEndObject();
    }

    public static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is { } at)
            writer.WriteString(name, at.UtcDateTime);
        else
            writer.WriteNull(name);
    }

    public static void WriteDuration(Utf8JsonWriter writer, DateTimeOffset? startedAt, DateTimeOffset? completedAt)
    {
        if (completedAt - startedAt is { } duration)
            writer.WriteNumber("duration", (long)duration.TotalMilliseconds);
        else
            writer.WriteNull("duration");
    }

    /// <summary>The error as a sentence, and as an object.</summary>
    public static void WriteError(Utf8JsonWriter writer, JsonText error)
    {
        var message = error.IsEmpty ? null : MessageOf(error);
        writer.WriteString("error", message);
        WriteRaw(writer, "errorDetail", error, "null"u8);
    }

    /// <summary>The sentence of an error as stored.</summary>
    public static string? MessageOf(JsonText error) => ValueJson.Parse(error.Utf8.Span)["message"].TryGetString(out var message) ? message : null;

    /// <summary>Stored JSON, as it is.</summary>
    public static void WriteRaw(Utf8JsonWriter writer, string name, JsonText json, ReadOnlySpan<byte> otherwise)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(json.IsEmpty ? otherwise : json.Utf8.Span, skipInputValidation: true);
    }

    public static void WriteValue(Utf8JsonWriter writer, string name, Value value)
    {
        writer.WritePropertyName(name);
        ValueJson.Write(writer, value);
    }
}

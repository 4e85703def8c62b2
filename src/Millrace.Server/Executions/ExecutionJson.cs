using System.Collections.Immutable;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Server.Limits;

namespace Millrace.Server.Executions;

/// <summary>Writes executions as the API shows them.</summary>
internal static class ExecutionJson
{
    private static readonly ImmutableArray<(string Name, Action<Utf8JsonWriter, ExecutionSummary> Write)> Fields =
    [
        ("id", static (writer, execution) => writer.WriteString("id"u8, execution.Id)),
        ("workflowId", static (writer, execution) => writer.WriteString("workflowId"u8, execution.WorkflowId)),
        ("version", static (writer, execution) => writer.WriteNumber("version"u8, execution.Version)),
        ("status", static (writer, execution) => writer.WriteString("status"u8, execution.Status.Name())),
        ("currentStep", static (writer, execution) => writer.WriteString("currentStep"u8, execution.CurrentStep)),
        ("progress", static (writer, execution) => WriteProgress(writer, execution.Status, execution.TotalNodes, execution.CompletedNodes)),
        ("pendingReason", LimitJson.WritePendingReason),
        ("variables", static (writer, execution) => WriteRaw(writer, "variables", ValuesOf(execution).Variables, "{}"u8)),
        ("input", static (writer, execution) => WriteRaw(writer, "input", ValuesOf(execution).Input, "null"u8)),
        ("result", static (writer, execution) => WriteRaw(writer, "result", ValuesOf(execution).Result, "null"u8)),
        ("error", static (writer, execution) => writer.WriteString("error"u8, execution.Error.IsEmpty ? null : MessageOf(execution.Error))),
        ("errorDetail", static (writer, execution) => WriteRaw(writer, "errorDetail", execution.Error, "null"u8)),
        ("cost", static (writer, execution) => WriteRaw(writer, "cost", execution.Cost, """{"money":0,"tokensIn":0,"tokensOut":0}"""u8)),
        ("trigger", static (writer, execution) => writer.WriteString("trigger"u8, execution.Trigger)),
        ("correlationId", static (writer, execution) => writer.WriteString("correlationId"u8, execution.CorrelationId)),
        ("parentId", static (writer, execution) => writer.WriteString("parentId"u8, execution.ParentId)),
        ("createdAt", static (writer, execution) => WriteTime(writer, "createdAt", execution.CreatedAt)),
        ("startedAt", static (writer, execution) => WriteTime(writer, "startedAt", execution.StartedAt)),
        ("completedAt", static (writer, execution) => WriteTime(writer, "completedAt", execution.CompletedAt)),
        ("duration", static (writer, execution) => WriteDuration(writer, execution.StartedAt, execution.CompletedAt)),
    ];

    /// <summary>The names of all fields, in their order.</summary>
    public static ImmutableArray<string> FieldNames { get; } = [.. Fields.Select(field => field.Name)];

    public static void Write(Utf8JsonWriter writer, ExecutionRecord execution)
    {
        writer.WriteStartObject();
        WriteFields(writer, execution);
        writer.WriteEndObject();
    }

    /// <summary>Writes its fields into an object that has begun.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="execution">The execution; with its values where they are shown.</param>
    /// <param name="isShown">Of each field whether it is shown, in the order of <see cref="FieldNames"/>; null: all are.</param>
    public static void WriteFields(Utf8JsonWriter writer, ExecutionSummary execution, bool[]? isShown = null)
    {
        for (var i = 0; i < Fields.Length; i++)
        {
            if (isShown is null || isShown[i])
                Fields[i].Write(writer, execution);
        }
    }

    private static ExecutionRecord ValuesOf(ExecutionSummary execution) => execution as ExecutionRecord
        ?? throw new InvalidOperationException($"The values of execution '{execution.Id}' were not read.");

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

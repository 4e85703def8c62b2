using System.Text.Json;
using Millrace.Core.Definitions;
using Millrace.Core.Definitions.Documents;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Workflows;
using Millrace.Server.Executions;
using Millrace.Server.Http;

namespace Millrace.Server.Workflows;

/// <summary>Writes workflows: the authored fields, the server's own over them, and the document as it was written.</summary>
internal static class WorkflowJson
{
    // As they are compared: lower case, without separators.
    private static readonly HashSet<string> ServerOwned = new(StringComparer.Ordinal)
    {
        "id", "tenantid", "name", "description", "tags", "owner", "version", "status", "isactive", "active", "createdat", "updatedat",
        "lastexecuted", "executionstats", "definition", "format", "problems", "warnings",
    };

    public static void Write(Utf8JsonWriter writer, ShownWorkflow workflow)
    {
        writer.WriteStartObject();
        WriteMetadata(writer, workflow.Record);
        if (workflow.Document.TryGetMap(out var document))
            WriteAuthored(writer, document);
        WriteDefinition(writer, workflow.Record.Document, workflow.Record.Format, workflow.Document);
        if (workflow.Record.IsDraft)
            ProblemJson.WriteAll(writer, "problems", workflow.Problems);
        else if (workflow.Problems.Count > 0)
            ProblemJson.WriteAll(writer, "warnings", workflow.Problems);
        writer.WriteEndObject();
    }

    /// <summary>A workflow in a list: without its document, which may be large.</summary>
    public static void WriteSummary(Utf8JsonWriter writer, WorkflowRecord workflow)
    {
        writer.WriteStartObject();
        WriteMetadata(writer, workflow);
        writer.WriteEndObject();
    }

    /// <summary>A version in a list.</summary>
    public static void WriteVersion(Utf8JsonWriter writer, WorkflowVersion version)
    {
        writer.WriteStartObject();
        WriteVersionFields(writer, version);
        writer.WriteEndObject();
    }

    /// <summary>A version with its document.</summary>
    public static void WriteVersion(Utf8JsonWriter writer, (WorkflowVersion Version, Value Document) shown)
    {
        writer.WriteStartObject();
        WriteVersionFields(writer, shown.Version);
        WriteDefinition(writer, shown.Version.Document, shown.Version.Format, shown.Document);
        writer.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, WorkflowRecord workflow)
    {
        writer.WriteString("id", workflow.Id);
        writer.WriteString("tenantId", workflow.Tenant);
        writer.WriteString("name", workflow.Name);
        writer.WriteString("description", workflow.Description);
        writer.WriteStartArray("tags");
        foreach (var tag in workflow.Tags)
            writer.WriteStringValue(tag);
        writer.WriteEndArray();
        writer.WriteString("owner", workflow.Owner);
        writer.WriteNumber("version", workflow.Version);
        writer.WriteString("status", workflow.IsDraft ? "draft" : workflow.IsActive ? "active" : "inactive");
        writer.WriteBoolean("isActive", workflow.IsActive && !workflow.IsDraft);
        writer.WriteString("format", workflow.Format);
        ExecutionJson.WriteTime(writer, "createdAt", workflow.CreatedAt);
        ExecutionJson.WriteTime(writer, "updatedAt", workflow.UpdatedAt);
        ExecutionJson.WriteTime(writer, "lastExecuted", workflow.LastExecuted);
        WriteStats(writer, workflow.Stats);
    }

    private static void WriteStats(Utf8JsonWriter writer, ExecutionStats stats)
    {
        var ended = stats.Completed + stats.Failed + stats.Cancelled;
        writer.WriteStartObject("executionStats");
        writer.WriteNumber("total", stats.Total);
        writer.WriteNumber("completed", stats.Completed);
        writer.WriteNumber("failed", stats.Failed);
        writer.WriteNumber("cancelled", stats.Cancelled);
        writer.WriteNumber("averageDuration", ended == 0 ? 0 : stats.TotalDuration / ended);
        writer.WriteEndObject();
    }

    private static void WriteAuthored(Utf8JsonWriter writer, MapValue document)
    {
        foreach (var entry in document.Entries)
        {
            var name = entry.Key.AsString();
            var compared = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
            if (!ServerOwned.Contains(compared))
                ExecutionJson.WriteValue(writer, name, entry.Value);
        }
    }

    private static void WriteVersionFields(Utf8JsonWriter writer, WorkflowVersion version)
    {
        writer.WriteNumber("version", version.Version);
        writer.WriteString("format", version.Format);
        writer.WriteString("status", version.IsDraft ? "draft" : "valid");
        ExecutionJson.WriteTime(writer, "createdAt", version.CreatedAt);
        writer.WriteString("createdBy", version.CreatedBy);
    }

    // JSON goes out as it came in; of YAML, the tree that it means.
    private static void WriteDefinition(Utf8JsonWriter writer, JsonText document, string format, Value tree)
    {
        if (WorkflowLibrary.FormatOf(format) == DocumentFormat.Json)
            ExecutionJson.WriteRaw(writer, "definition", WithoutByteOrderMark(document), "null"u8);
        else
            ExecutionJson.WriteValue(writer, "definition", tree);
    }

    private static JsonText WithoutByteOrderMark(JsonText document) =>
        document.Utf8.Span.StartsWith("\uFEFF"u8) ? new JsonText(document.Utf8["\uFEFF"u8.Length..]) : document;
}

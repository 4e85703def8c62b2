using System.Text.Json;
using Millrace.Engine.Storage;
using Millrace.Server.Executions;

namespace Millrace.Server.Approvals;

/// <summary>Writes approvals and forms as the API shows them.</summary>
internal static class ApprovalJson
{
    /// <summary>One in a list.</summary>
    public static void Write(Utf8JsonWriter writer, WaitRecord wait) => Write(writer, wait, link: null);

    /// <summary>One, with its link for those who may answer it.</summary>
    public static void Write(Utf8JsonWriter writer, WaitRecord wait, string? link)
    {
        writer.WriteStartObject();
        writer.WriteString("id", wait.Id);
        writer.WriteString("kind", wait.Kind);
        writer.WriteString("executionId", wait.ExecutionId);
        writer.WriteString("workflowId", wait.WorkflowId);
        writer.WriteString("nodeId", wait.NodeId);
        writer.WriteString("iteration", wait.Iteration);
        writer.WriteString("title", wait.Title);
        writer.WriteString("message", wait.Message);
        writer.WriteStartArray("assignees");
        foreach (var assignee in wait.Assignees)
            writer.WriteStringValue(assignee);
        writer.WriteEndArray();
        ExecutionJson.WriteRaw(writer, "form", wait.Form, "null"u8);
        writer.WriteString("status", NameOf(wait.Status));
        ExecutionJson.WriteTime(writer, "createdAt", wait.CreatedAt);
        ExecutionJson.WriteTime(writer, "dueAt", wait.DueAt);
        writer.WriteString("decision", wait.Answer?.Decision);
        writer.WriteString("comment", wait.Answer?.Comment);
        ExecutionJson.WriteRaw(writer, "data", wait.Answer?.Data ?? default, "null"u8);
        writer.WriteString("answeredBy", wait.Answer?.By);
        ExecutionJson.WriteTime(writer, "answeredAt", wait.Answer?.At);
        if (link is not null)
            writer.WriteString("link", link);
        writer.WriteEndObject();
    }

    /// <summary>The API's name of a status.</summary>
    public static string NameOf(WaitStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}

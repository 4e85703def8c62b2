using System.Diagnostics;
using System.Text.Json;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;

namespace Millrace.Server.Limits;

/// <summary>Writes what limits say as the API shows it.</summary>
internal static class LimitJson
{
    /// <summary>Why an execution is pending: a limit, or that there is no room in memory at the moment; null where it is not pending.</summary>
    public static void WritePendingReason(Utf8JsonWriter writer, ExecutionSummary execution)
    {
        if (execution.Status != ExecutionStatus.Pending)
        {
            writer.WriteNull("pendingReason");
            return;
        }
        writer.WriteStartObject("pendingReason");
        switch (execution.PendingReason)
        {
            case null:
                writer.WriteString("type", "capacity");
                break;
            case PendingReason.Concurrency concurrency:
                Write(writer, "concurrency", concurrency);
                break;
            case PendingReason.Rate rate:
                Write(writer, "rate", rate);
                writer.WriteString("until", rate.Until.UtcDateTime);
                break;
            case var other:
                throw new UnreachableException($"No way to write a {other.GetType().Name}.");
        }
        writer.WriteEndObject();
    }

    public static void WriteScope(Utf8JsonWriter writer, LimitScope scope)
    {
        writer.WriteString("scope", scope.WorkflowId is null ? "tenant" : "workflow");
        writer.WriteString("workflowId", scope.WorkflowId);
        writer.WriteString("key", scope.Key.Length == 0 ? null : scope.Key);
    }

    private static void Write(Utf8JsonWriter writer, string type, PendingReason reason)
    {
        writer.WriteString("type", type);
        WriteScope(writer, reason.Scope);
        writer.WriteNumber("limit", reason.Limit);
    }
}

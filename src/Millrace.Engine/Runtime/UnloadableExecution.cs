using Millrace.Core.Executions;
using Millrace.Core.Values;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Engine.Runtime;

/// <summary>Ends an execution whose journal or workflow version cannot be read, so that it neither blocks others nor is tried for ever.</summary>
internal static class UnloadableExecution
{
    public static AdvanceExecution Fail(ExecutionRecord record, ExecutionError error, long owner, DateTimeOffset now)
    {
        var data = MapValue.Of("error", error.ToValue());
        var e = MapValue.Of(("seq", record.Seq + 1), ("type", "workflow_failed"), ("time", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'")), ("data", data));
        return new AdvanceExecution(record.Tenant, record.Id, owner, record.Seq)
        {
            WorkflowId = record.WorkflowId,
            Entry = new JournalEntry(record.Seq + 1, record.Seq + 1, new JsonText(Value.List(e).ToUtf8())),
            Status = ExecutionStatus.Failed,
            NewOwner = 0,
            CurrentStep = record.CurrentStep,
            TotalNodes = record.TotalNodes,
            CompletedNodes = record.CompletedNodes,
            StartedAt = record.StartedAt,
            Summary = new ExecutionSummary(default, default, new JsonText(((Value)error.ToValue()).ToUtf8()), default, now, 0),
        };
    }
}

using System.Text;
using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Tests;

/// <summary>Journals of a given size, for those who read them.</summary>
internal static class Journals
{
    /// <summary>Events that are written together, each of about a size.</summary>
    public static JournalEntry Entry(long first, int count, int eventBytes = 1_000, bool ends = false)
    {
        var filling = new string('x', eventBytes);
        var text = new StringBuilder("[");
        for (var i = 0; i < count; i++)
        {
            var type = ends && i == count - 1 ? "workflow_completed" : "log";
            text.Append(i == 0 ? "" : ",").Append($$$"""{"seq":{{{first + i}}},"type":"{{{type}}}","time":"2026-01-01T00:00:00Z","data":{"message":"{{{filling}}}"}}""");
        }
        return new JournalEntry(first, first + count - 1, new JsonText(Encoding.UTF8.GetBytes(text.Append(']').ToString())));
    }

    /// <summary>The writes of an execution whose journal has some rows; it has ended with the last of them.</summary>
    public static List<Mutation> Ended(string tenant, string workflowId, string id, long epoch, int rows, int eventsEach, int eventBytes = 1_000)
    {
        var record = new ExecutionRecord
        {
            Tenant = tenant, Id = id, WorkflowId = workflowId, Version = 1,
            Status = ExecutionStatus.Running, Owner = epoch, Seq = 1, CreatedAt = DateTimeOffset.UnixEpoch,
        };
        List<Mutation> writes = [new CreateExecution(record, Entry(1, 1))];
        for (var row = 0; row < rows; row++)
        {
            var seq = 1L + (row * eventsEach);
            var isLast = row == rows - 1;
            writes.Add(new AdvanceExecution(tenant, id, epoch, seq)
            {
                WorkflowId = workflowId,
                Entry = Entry(seq + 1, eventsEach, eventBytes, isLast),
                Status = isLast ? ExecutionStatus.Completed : ExecutionStatus.Running,
                NewOwner = isLast ? 0 : epoch,
            });
        }
        return writes;
    }
}

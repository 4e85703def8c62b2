using Millrace.Core.Executions;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>What the columns of an execution say about who may run it.</summary>
internal static class ExecutionColumns
{
    /// <summary>
    /// The owner and wake time to store: one that has ended has neither, and only one that nobody owns has a wake time, so
    /// that the index of live executions holds no more than those.
    /// </summary>
    public static (long Owner, DateTimeOffset? WakeAt) Ownership(ExecutionStatus status, long owner, DateTimeOffset? wakeAt)
    {
        if (status.IsTerminal())
            return (0, null);
        return (owner, owner == 0 ? wakeAt : null);
    }
}

using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Reading;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Takes executions that nobody owns for this store's epoch.</summary>
internal sealed class ExecutionClaimer(Connection connection, long epoch)
{
    // One priority at a time: an index by priority and then time cannot skip what is not due yet, however much that is.
    private readonly Statement _nextPriority = connection.Prepare("""
        select max(priority) from executions where owner = 0 and wake_at is not null and priority < ?
        """);

    private readonly Statement _due = connection.Prepare($"""
        select {ExecutionRow.Columns} from executions e left join execution_data d on d.execution_id = e.id
         where e.owner = 0 and e.wake_at is not null and e.priority = ? and e.wake_at <= ?
         order by e.wake_at, e.id limit ?
        """);

    private readonly Statement _one = connection.Prepare($"""
        select {ExecutionRow.Columns} from executions e left join execution_data d on d.execution_id = e.id
         where e.id = ? and e.owner = 0 and e.status not in ('completed', 'failed', 'cancelled')
        """);

    private readonly Statement _take = connection.Prepare("update executions set owner = ?, wake_at = null where id = ?");

    public WriteOutcome Apply(ClaimExecutions claim)
    {
        List<ExecutionRecord> claimed = [];
        if (claim.ExecutionId is { } id)
            Read(_one.Bind(id), claimed);
        else
            ReadDue(claim, claimed);

        for (var index = 0; index < claimed.Count; index++)
        {
            _take.Bind(epoch).Bind(claimed[index].Id).Run();
            claimed[index] = claimed[index] with { Owner = epoch, WakeAt = null };
        }
        claim.Claimed = claimed;
        return WriteOutcome.Done;
    }

    private void ReadDue(ClaimExecutions claim, List<ExecutionRecord> claimed)
    {
        var below = long.MaxValue;
        while (claimed.Count < claim.Limit && NextPriority(below) is { } priority)
        {
            Read(_due.Bind(priority).Bind(claim.Now).Bind(claim.Limit - claimed.Count), claimed);
            below = priority;
        }
    }

    private long? NextPriority(long below)
    {
        _nextPriority.Bind(below).Step();
        long? priority = _nextPriority.IsNull(0) ? null : _nextPriority.Long(0);
        _nextPriority.Reset();
        return priority;
    }

    private static void Read(Statement statement, List<ExecutionRecord> into)
    {
        while (statement.Step())
            into.Add(ExecutionRow.Read(statement));
    }
}

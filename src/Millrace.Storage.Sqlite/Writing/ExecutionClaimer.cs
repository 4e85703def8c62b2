using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;
using Millrace.Storage.Sqlite.Connections;
using Millrace.Storage.Sqlite.Limits;
using Millrace.Storage.Sqlite.Reading;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>Takes executions that nobody owns for this store's epoch. What it looks at does not grow with what waits.</summary>
internal sealed class ExecutionClaimer(Connection connection, Admissions admissions, long epoch)
{
    private readonly DueExecutions _due = new(connection);

    private readonly Statement _one = connection.Prepare($"""
        select {ExecutionRow.Columns} from {ExecutionRow.From}
         where e.id = ? and e.owner = 0 and e.status not in ('completed', 'failed', 'cancelled')
        """);

    private readonly Statement _isCancelled = connection.Prepare(
        $"select 1 from inbox where execution_id = ? and kind = '{InboxMessage.Cancel}'");

    private readonly Statement _take = connection.Prepare("update executions set owner = ?, wake_at = null where id = ?");

    public CommitResult Apply(ClaimExecutions claim)
    {
        List<ExecutionRecord> claimed = [];
        var hasMore = false;
        if (claim.ExecutionId is { } id)
            TakeOne(id, claim.Now, claimed);
        else
            hasMore = TakeDue(claim, claimed);
        return new CommitResult.Claimed(claimed, hasMore);
    }

    private void TakeOne(string id, DateTimeOffset now, List<ExecutionRecord> claimed)
    {
        var found = _one.Bind(id).Step() ? ExecutionRow.Read(_one) : null;
        _one.Reset();
        if (found is not null)
            TakeIfAllowed(found, now, claimed);
    }

    // True where there may be more.
    private bool TakeDue(ClaimExecutions claim, List<ExecutionRecord> claimed)
    {
        var served = admissions.Serve(claim.Now, claim.Limit);
        var left = claim.Limit;
        for (var priority = _due.NextPriority(long.MaxValue); left > 0 && priority is { } level; priority = _due.NextPriority(level))
            left -= _due.AreMoreThan(left, level, claim.Now) ? TakeByTurns(level, claim.Now, left, claimed) : Take(_due.Read(level, claim.Now, left), claim.Now, claimed);
        return served == claim.Limit || left == 0;
    }

    private int TakeByTurns(long priority, DateTimeOffset now, int limit, List<ExecutionRecord> claimed)
    {
        var taken = 0;
        var tenants = _due.TenantsByTurns(priority, now, limit);
        while (taken < limit && tenants.Count > 0)
        {
            var share = Math.Max(1, (limit - taken) / tenants.Count);
            List<string> more = [];
            foreach (var tenant in tenants)
            {
                var found = Take(_due.Read(priority, tenant, now, Math.Min(share, limit - taken)), now, claimed);
                taken += found;
                if (found == share)
                    more.Add(tenant);
            }
            tenants = more;
        }
        return taken > 0 ? taken : Take(_due.Read(priority, now, limit), now, claimed);
    }

    // Those that turn out to be held back count too: a claim is to end, however many they are.
    private int Take(List<ExecutionRecord> due, DateTimeOffset now, List<ExecutionRecord> claimed)
    {
        foreach (var execution in due)
            TakeIfAllowed(execution, now, claimed);
        return due.Count;
    }

    private void TakeIfAllowed(ExecutionRecord execution, DateTimeOffset now, List<ExecutionRecord> claimed)
    {
        if (execution.PendingReason is { } reason && !admissions.MayRun(execution, reason, IsCancelled(execution.Id), now))
            return;
        _take.Bind(epoch).Bind(execution.Id).Run();
        claimed.Add(execution with { Owner = epoch, WakeAt = null, PendingReason = null });
    }

    private bool IsCancelled(string executionId)
    {
        var isCancelled = _isCancelled.Bind(executionId).Step();
        _isCancelled.Reset();
        return isCancelled;
    }
}

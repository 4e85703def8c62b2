using Millrace.Core.Executions;
using Millrace.Engine.Storage;
using Millrace.Engine.Storage.Mutations;

namespace Millrace.Testing.Storage;

/// <summary>Takes executions that nobody owns.</summary>
internal sealed class ExecutionClaimer(MemoryStoreData data, long epoch, MemoryAdmissions admissions)
{
    private string _lastTenant = "";

    public CommitResult Apply(ClaimExecutions claim)
    {
        List<ExecutionRecord> claimed = [];
        var hasMore = !data.HasEnded(epoch) && Take(claim, claimed);
        return new CommitResult.Claimed(claimed, hasMore);
    }

    // True where there may be more.
    private bool Take(ClaimExecutions claim, List<ExecutionRecord> claimed)
    {
        if (claim.ExecutionId is { } id)
        {
            if (data.Executions.TryGetValue(id, out var row) && row.Record.Owner == 0 && !row.Record.Status.IsTerminal())
                TakeIfAllowed(row, claim.Now, claimed);
            return false;
        }
        var served = admissions.Serve(claim.Now, claim.Limit);
        var left = claim.Limit;
        var due = data.Executions.Values.Where(row => row.Record.Owner == 0 && row.Record.WakeAt <= claim.Now).ToList();
        foreach (var level in due.GroupBy(row => row.Record.Priority).OrderByDescending(level => level.Key))
        {
            if (left == 0)
                break;
            List<ExecutionRow> rows = [.. level.OrderBy(row => row.Record.WakeAt).ThenBy(row => row.Record.Id, StringComparer.Ordinal)];
            foreach (var row in rows.Count > left ? ByTurns(rows, left) : rows)
            {
                // One that turns out to be held back counts too: a claim is to end, however many they are.
                TakeIfAllowed(row, claim.Now, claimed);
                left--;
            }
        }
        return served == claim.Limit || left == 0;
    }

    // The tenants share what there is room for, beginning after the one that came last the time before.
    private List<ExecutionRow> ByTurns(List<ExecutionRow> rows, int limit)
    {
        var ofTenants = rows.GroupBy(row => row.Record.Tenant, StringComparer.Ordinal).OrderBy(tenant => tenant.Key, StringComparer.Ordinal).ToList();
        var first = ofTenants.FindIndex(tenant => string.CompareOrdinal(tenant.Key, _lastTenant) > 0);
        var turns = ofTenants.Skip(Math.Max(first, 0)).Concat(ofTenants.Take(Math.Max(first, 0))).Take(limit).Select(tenant => new Queue<ExecutionRow>(tenant)).ToList();
        _lastTenant = turns[^1].Peek().Record.Tenant;
        List<ExecutionRow> taken = [];
        while (taken.Count < limit && turns.Count > 0)
        {
            var share = Math.Max(1, (limit - taken.Count) / turns.Count);
            foreach (var tenant in turns)
            {
                for (var i = 0; i < share && taken.Count < limit && tenant.Count > 0; i++)
                    taken.Add(tenant.Dequeue());
            }
            turns.RemoveAll(tenant => tenant.Count == 0);
        }
        return taken;
    }

    private void TakeIfAllowed(ExecutionRow row, DateTimeOffset now, List<ExecutionRecord> claimed)
    {
        if (row.Record.PendingReason is { } reason && !admissions.MayRun(row, reason, IsCancelled(row), now))
            return;
        row.Record = row.Record with { Owner = epoch, WakeAt = null, PendingReason = null };
        claimed.Add(row.Record);
    }

    private static bool IsCancelled(ExecutionRow row) => row.Inbox.Exists(message => string.Equals(message.Kind, InboxMessage.Cancel, StringComparison.Ordinal));
}

using Millrace.Engine.Storage;

namespace Millrace.Testing.Storage;

/// <summary>Decides which executions may start. Slots are taken one after the other, and kept while the next is waited for.</summary>
internal sealed class MemoryAdmissions(MemoryStoreData data)
{
    private readonly LimitTable _limits = data.Limits;

    /// <summary>What holds a new execution back (null: it holds all its slots), before which of its slots, and whether the limits that it states let others start.</summary>
    public (PendingReason? Reason, int HeldAt, bool MakesRoom) Admit(ExecutionRecord execution, Admission admission)
    {
        var makesRoom = false;
        foreach (var slot in admission.Slots)
            makesRoom |= _limits.State((execution.Tenant, slot.Scope), slot.Limit);
        if (_limits.TakeRates(execution.Tenant, admission.Rates, execution.CreatedAt) is { } rate)
            return (rate, 0, makesRoom);
        var (reason, heldAt) = TakeSlots(execution.Tenant, admission.Slots, 0);
        return (reason, heldAt, makesRoom);
    }

    /// <summary>Whether an execution that was held back may run now: to be cancelled, or because its time has come. Then it still needs its slots.</summary>
    public bool MayRun(ExecutionRow row, PendingReason reason, bool isCancelled, DateTimeOffset now)
    {
        if (isCancelled)
        {
            Withdraw(row, reason);
            return true;
        }
        if (reason is not PendingReason.Rate rate || rate.Until > now)
            return false;
        var (next, heldAt) = TakeSlots(row.Record.Tenant, row.Slots, 0);
        if (next is null)
            return true;
        row.HeldAt = heldAt;
        row.Record = row.Record with { PendingReason = next, WakeAt = null };
        return false;
    }

    /// <summary>Gives back what an execution holds that has ended; true where somebody waits for it.</summary>
    public bool Release(ExecutionRow row)
    {
        var makesRoom = false;
        foreach (var slot in row.Slots)
        {
            _limits.Add((row.Record.Tenant, slot.Scope), slot.Limit, inUse: -1);
            makesRoom |= _limits.Find((row.Record.Tenant, slot.Scope)) is { Waiting: > 0, HasRoom: true };
        }
        row.Slots = [];
        return makesRoom;
    }

    /// <summary>Lets those go on who wait for slots that are free, at most so many.</summary>
    /// <returns>How many were served: they are due now, or wait for their next slot.</returns>
    public int Serve(DateTimeOffset now, int most)
    {
        var served = 0;
        for (var before = -1; before < served && served < most;)
        {
            before = served;
            foreach (var slot in _limits.WithRoom())
            {
                if (served < most && Serve(slot, now))
                    served++;
            }
        }
        return served;
    }

    /// <summary>States some limits anew; true where there are any that count.</summary>
    public bool Limit(Func<(string Tenant, LimitScope Scope), bool> which, int? most) => _limits.Limit(which, most);

    public IReadOnlyList<LimitUse> List(string tenant, Page page) => _limits.List(tenant, page);

    private bool Serve((string Tenant, LimitScope Scope) slot, DateTimeOffset now)
    {
        if (_limits.Find(slot) is not { HasRoom: true, Most: var most } || First(slot) is not { } row)
            return false;
        _limits.Add(slot, most, inUse: 1, waiting: -1);
        var (reason, heldAt) = TakeSlots(slot.Tenant, row.Slots, row.HeldAt + 1);
        row.HeldAt = heldAt;
        row.Record = row.Record with { PendingReason = reason, WakeAt = reason is null ? now : row.Record.WakeAt };
        return true;
    }

    private ExecutionRow? First((string Tenant, LimitScope Scope) slot) => data.Executions.Values
        .Where(row => row.Record.PendingReason is PendingReason.Concurrency held && held.Scope == slot.Scope && string.Equals(row.Record.Tenant, slot.Tenant, StringComparison.Ordinal))
        .OrderByDescending(row => row.Record.Priority).ThenBy(row => row.Record.Id, StringComparer.Ordinal)
        .FirstOrDefault();

    // Whoever waits already goes first, although there may be room for a moment.
    private (PendingReason? Reason, int HeldAt) TakeSlots(string tenant, IReadOnlyList<SlotLimit> slots, int from)
    {
        for (var at = from; at < slots.Count; at++)
        {
            var slot = (tenant, slots[at].Scope);
            var standing = _limits.Find(slot, slots[at].Limit);
            if (!standing.HasRoom || standing.Waiting > 0)
            {
                _limits.Add(slot, slots[at].Limit, waiting: 1);
                return (new PendingReason.Concurrency(slots[at].Scope, standing.Most), at);
            }
            _limits.Add(slot, slots[at].Limit, inUse: 1);
        }
        return (null, 0);
    }

    // It will never start: it keeps only what it holds, for its end to give back.
    private void Withdraw(ExecutionRow row, PendingReason reason)
    {
        if (reason is PendingReason.Concurrency)
            _limits.Add((row.Record.Tenant, reason.Scope), reason.Limit, waiting: -1);
        row.Slots = [.. row.Slots.Take(reason is PendingReason.Concurrency ? row.HeldAt : 0)];
    }
}

using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Limits;

/// <summary>
/// Decides which executions may start. Slots are taken one after the other and kept while the next is waited for, so that an execution
/// never goes back, and each step costs the same however many wait.
/// </summary>
internal sealed class Admissions(Connection connection)
{
    private readonly SlotCounter _counter = new(connection);
    private readonly ExecutionSlots _executions = new(connection);
    private readonly StartRates _rates = new(connection);
    private readonly Statement _makeDue = connection.Prepare("update executions set wake_at = ? where id = ? and owner = 0");
    private Slot _lastServed = new("", default, 0);

    /// <summary>What holds a new execution back (null: it holds all its slots), and whether the limits that it states let others start.</summary>
    public (PendingReason? Reason, bool MakesRoom) Admit(ExecutionRecord execution, Admission admission)
    {
        var makesRoom = false;
        var waiter = new Waiter(execution.Id, 0, execution.Priority);
        var slots = admission.Slots.Select(slot => new Slot(execution.Tenant, slot.Scope, slot.Limit)).ToList();
        _executions.Add(execution.Id, slots);
        foreach (var slot in slots)
            makesRoom |= State(slot);
        if (_rates.Take(execution.Tenant, admission.Rates, execution.CreatedAt) is not { } rate)
            return (TakeSlots(waiter, slots), makesRoom);
        _executions.Hold(waiter, execution.Tenant, rate);
        return (rate, makesRoom);
    }

    /// <summary>Whether an execution that was held back may run now: to be cancelled, or because its time has come. Then it still needs its slots.</summary>
    public bool MayRun(ExecutionRecord execution, PendingReason reason, bool isCancelled, DateTimeOffset now)
    {
        if (isCancelled)
        {
            Withdraw(execution.Id, reason);
            return true;
        }
        if (reason is not PendingReason.Rate rate || rate.Until > now)
            return false;
        _executions.LetGo(execution.Id);
        if (TakeSlots(new Waiter(execution.Id, 0, execution.Priority), _executions.From(execution.Id, 0)) is null)
            return true;
        _makeDue.BindNull().Bind(execution.Id).Run();
        return false;
    }

    /// <summary>Gives back what an execution holds that has ended; true where somebody waits for it.</summary>
    public bool Release(string executionId)
    {
        var held = _executions.From(executionId, 0);
        var makesRoom = false;
        foreach (var slot in held)
        {
            _counter.Add(slot, inUse: -1);
            makesRoom |= _counter.Find(slot) is { Waiting: > 0, HasRoom: true };
        }
        if (held.Count > 0)
            _executions.Remove(executionId, 0);
        return makesRoom;
    }

    /// <summary>Lets those go on who wait for slots that are free: each such slot serves some by turns, at most so many in all.</summary>
    /// <returns>How many were served: they are due now, or wait for their next slot.</returns>
    public int Serve(DateTimeOffset now, int most)
    {
        var served = 0;
        var slots = SlotsByTurns(most);
        foreach (var slot in slots)
        {
            var share = Math.Max(1, most / slots.Count);
            for (; share > 0 && served < most && Serve(slot, now); share--)
                served++;
            _lastServed = slot;
        }
        return served;
    }

    /// <summary>States a workflow's limit anew; true where that may let others start.</summary>
    public bool LimitWorkflow(string tenant, string workflowId, int? most) => _counter.LimitWorkflow(tenant, workflowId, most);

    /// <summary>States the limit of all tenants anew; true where that may let others start.</summary>
    public bool LimitTenants(int? most) => _counter.LimitTenants(most);

    private List<Slot> SlotsByTurns(int most)
    {
        var slots = _counter.WithRoom(_lastServed, most);
        if (slots.Count < most && _lastServed.Tenant.Length > 0)
            slots = [.. slots.Concat(_counter.WithRoom(new("", default, 0), most - slots.Count)).Distinct()];
        return slots;
    }

    private bool Serve(Slot slot, DateTimeOffset now)
    {
        if (!_counter.Find(slot).HasRoom || _executions.First(slot) is not { } first)
            return false;
        _executions.LetGo(first.ExecutionId);
        _counter.Add(slot, inUse: 1, waiting: -1);
        if (TakeSlots(first with { Position = first.Position + 1 }, _executions.From(first.ExecutionId, first.Position + 1)) is null)
            _makeDue.Bind(now).Bind(first.ExecutionId).Run();
        return true;
    }

    // Whoever waits already goes first, although there may be room for a moment.
    private PendingReason.Concurrency? TakeSlots(Waiter waiter, List<Slot> slots)
    {
        foreach (var slot in slots)
        {
            var standing = _counter.Find(slot);
            if (!standing.HasRoom || standing.Waiting > 0)
            {
                var reason = new PendingReason.Concurrency(slot.Scope, standing.Most);
                _counter.Add(slot, waiting: 1);
                _executions.Hold(waiter, slot.Tenant, reason);
                return reason;
            }
            _counter.Add(slot, inUse: 1);
            waiter = waiter with { Position = waiter.Position + 1 };
        }
        return null;
    }

    // It will never start: it keeps only what it holds, for its end to give back.
    private void Withdraw(string executionId, PendingReason reason)
    {
        var position = _executions.PositionOf(executionId);
        if (reason is PendingReason.Concurrency)
            _counter.Add(_executions.From(executionId, position)[0], waiting: -1);
        _executions.LetGo(executionId);
        _executions.Remove(executionId, position);
    }

    private bool State(Slot slot)
    {
        var standing = _counter.Find(slot);
        if (standing.Most == slot.Most)
            return false;
        _counter.Limit(slot);
        return standing.Waiting > 0 && standing.InUse < slot.Most;
    }
}

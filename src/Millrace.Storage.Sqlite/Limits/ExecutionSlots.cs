using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Limits;

/// <summary>The slots that single executions hold or are to hold, and what holds executions back.</summary>
internal sealed class ExecutionSlots(Connection connection)
{
    private readonly Statement _addSlot = connection.Prepare(
        "insert into execution_slots (execution_id, position, tenant, workflow_id, key, most) values (?, ?, ?, ?, ?, ?)");

    private readonly Statement _slots = connection.Prepare(
        "select workflow_id, key, most, tenant from execution_slots where execution_id = ? and position >= ? order by position");

    private readonly Statement _removeSlots = connection.Prepare(
        "delete from execution_slots where execution_id = ? and position >= ?");

    private readonly Statement _hold = connection.Prepare("""
        insert into held_back (execution_id, position, tenant, workflow_id, key, most, priority, until) values (?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _first = connection.Prepare("""
        select execution_id, position, priority from held_back
         where tenant = ? and workflow_id = ? and key = ? and until is null
         order by priority desc, execution_id limit 1
        """);

    private readonly Statement _position = connection.Prepare("select position from held_back where execution_id = ?");

    private readonly Statement _letGo = connection.Prepare("delete from held_back where execution_id = ?");

    /// <summary>Notes which slots an execution is to hold.</summary>
    public void Add(string executionId, IEnumerable<Slot> slots)
    {
        var position = 0;
        foreach (var slot in slots)
            SlotCounter.Bind(_addSlot.Bind(executionId).Bind(position++), slot).Bind(slot.Most).Run();
    }

    /// <summary>The slots of an execution from a position on.</summary>
    public List<Slot> From(string executionId, int position)
    {
        _slots.Bind(executionId).Bind(position);
        List<Slot> slots = [];
        while (_slots.Step())
            slots.Add(SlotCounter.Read(_slots, 3));
        return slots;
    }

    /// <summary>Forgets the slots of an execution from a position on.</summary>
    public void Remove(string executionId, int position) => _removeSlots.Bind(executionId).Bind(position).Run();

    /// <summary>Notes what holds an execution back before the slot at a position.</summary>
    public void Hold(Waiter waiter, string tenant, PendingReason reason) =>
        SlotCounter.Bind(_hold.Bind(waiter.ExecutionId).Bind(waiter.Position), new Slot(tenant, reason.Scope, 0))
            .Bind(reason.Limit).Bind(waiter.Priority).Bind((reason as PendingReason.Rate)?.Until)
            .Run();

    /// <summary>Who is next for a slot; null: nobody waits for it.</summary>
    public Waiter? First(Slot slot)
    {
        SlotCounter.Bind(_first, slot);
        Waiter? first = _first.Step() ? new Waiter(_first.Text(0), _first.Int(1), _first.Int(2)) : null;
        _first.Reset();
        return first;
    }

    /// <summary>The slot that an execution waits for which is held back, by its position.</summary>
    public int PositionOf(string executionId)
    {
        _position.Bind(executionId).Step();
        var position = _position.Int(0);
        _position.Reset();
        return position;
    }

    /// <summary>Says that an execution is no longer held back.</summary>
    public void LetGo(string executionId) => _letGo.Bind(executionId).Run();
}

/// <summary>An execution that is held back before the slot at a position.</summary>
internal readonly record struct Waiter(string ExecutionId, int Position, int Priority);

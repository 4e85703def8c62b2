using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Limits;

/// <summary>A slot that an execution holds, or is to hold.</summary>
internal readonly record struct Slot(string Tenant, LimitScope Scope, int Most);

/// <summary>How many hold a slot, and how many wait for one. Rows exist only while there are any.</summary>
internal sealed class SlotCounter(Connection connection)
{
    /// <summary>A limit that has been lifted.</summary>
    public const int Unlimited = int.MaxValue;

    private readonly Statement _find = connection.Prepare(
        "select most, in_use, waiting from concurrency where tenant = ? and workflow_id = ? and key = ?");

    private readonly Statement _add = connection.Prepare("""
        insert into concurrency (tenant, workflow_id, key, most, in_use, waiting) values (?, ?, ?, ?, ?, ?)
        on conflict (tenant, workflow_id, key) do update set in_use = in_use + excluded.in_use, waiting = waiting + excluded.waiting
        """);

    private readonly Statement _remove = connection.Prepare(
        "delete from concurrency where tenant = ? and workflow_id = ? and key = ? and in_use = 0 and waiting = 0");

    private readonly Statement _limit = connection.Prepare(
        "update concurrency set most = ? where tenant = ? and workflow_id = ? and key = ?");

    private readonly Statement _limitWorkflow = connection.Prepare(
        "update concurrency set most = ? where tenant = ? and workflow_id = ?");

    private readonly Statement _limitTenants = connection.Prepare(
        "update concurrency set most = ? where workflow_id = ''");

    private readonly Statement _withRoom = connection.Prepare("""
        select workflow_id, key, most, tenant from concurrency
         where waiting > 0 and in_use < most and (tenant, workflow_id, key) > (?, ?, ?)
         order by tenant, workflow_id, key limit ?
        """);

    /// <summary>How a limit stands.</summary>
    public Standing Find(Slot slot)
    {
        Bind(_find, slot);
        var standing = _find.Step() ? new Standing(_find.Int(0), _find.Int(1), _find.Int(2)) : new Standing(slot.Most, 0, 0);
        _find.Reset();
        return standing;
    }

    /// <summary>States a limit anew where it is another one.</summary>
    public void Limit(Slot slot) => Bind(_limit.Bind(slot.Most), slot).Run();

    /// <summary>Changes the counts.</summary>
    public void Add(Slot slot, int inUse = 0, int waiting = 0)
    {
        Bind(_add, slot).Bind(slot.Most).Bind(inUse).Bind(waiting).Run();
        if (inUse < 0 || waiting < 0)
            Bind(_remove, slot).Run();
    }

    /// <summary>Sets the limits of a workflow's executions; true where there are any that count.</summary>
    public bool LimitWorkflow(string tenant, string workflowId, int? most) =>
        _limitWorkflow.Bind(most ?? Unlimited).Bind(tenant).Bind(workflowId).Run() > 0;

    /// <summary>Sets the limits of all tenants; true where there are any that count.</summary>
    public bool LimitTenants(int? most) => _limitTenants.Bind(most ?? Unlimited).Run() > 0;

    /// <summary>Limits that have room while somebody waits, after one.</summary>
    public List<Slot> WithRoom(Slot after, int count)
    {
        Bind(_withRoom, after).Bind(count);
        List<Slot> slots = [];
        while (_withRoom.Step())
            slots.Add(Read(_withRoom, 3));
        return slots;
    }

    /// <summary>Binds tenant, workflow and key.</summary>
    public static Statement Bind(Statement statement, Slot slot) =>
        statement.Bind(slot.Tenant).Bind(slot.Scope.WorkflowId ?? "").Bind(slot.Scope.Key);

    /// <summary>Reads workflow, key and limit from the first three columns.</summary>
    public static Slot Read(Statement row, int tenantColumn) => new(row.Text(tenantColumn), Scope(row, 0), row.Int(2));

    /// <summary>Reads workflow and key from two columns.</summary>
    public static LimitScope Scope(Statement row, int column) => new(row.Text(column) is { Length: > 0 } workflow ? workflow : null, row.Text(column + 1));
}

/// <summary>How a limit stands.</summary>
internal readonly record struct Standing(int Most, int InUse, int Waiting)
{
    public bool HasRoom => InUse < Most;
}

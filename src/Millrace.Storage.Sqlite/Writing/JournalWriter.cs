using System.Runtime.InteropServices;
using System.Text;
using Millrace.Engine.Storage;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>
/// Appends to journals, and notes whose rows are where in the order of commits. The notes of a batch are gathered in memory first, so that each
/// tenant and workflow costs one row.
/// </summary>
internal sealed class JournalWriter(Connection connection)
{
    // No conflict clause: a seq that is taken means a broken owner, and must undo the whole batch.
    private readonly Statement _insert = connection.Prepare(
        "insert into journal (execution_id, first_seq, last_seq, events) values (?, ?, ?, ?)");

    private readonly Statement _note = connection.Prepare(
        "insert into feed (tenant, workflow_id, position, live, positions) values (?, ?, ?, ?, ?)");

    private readonly Statement _noted = connection.Prepare(
        "select position, live from feed where tenant = ? and workflow_id = ? and position >= ? order by position limit 1");

    private readonly Statement _count = connection.Prepare("update feed set live = ? where tenant = ? and workflow_id = ? and position = ?");
    private readonly Statement _forget = connection.Prepare("delete from feed where tenant = ? and workflow_id = ? and position = ?");

    private readonly Dictionary<(string Tenant, string WorkflowId), List<long>> _appended = [];

    public void Append(string tenant, string workflowId, string executionId, JournalEntry entry)
    {
        _insert.Bind(executionId).Bind(entry.FirstSeq).Bind(entry.LastSeq).Bind(entry.Events).Run();
        var position = connection.LastInsertId;
        Of(tenant, "").Add(position);
        Of(tenant, workflowId).Add(position);
    }

    /// <summary>Writes what the batch has appended.</summary>
    public void Flush()
    {
        foreach (var ((tenant, workflowId), positions) in _appended)
        {
            var text = Encoding.ASCII.GetBytes($"[{string.Join(',', positions)}]");
            _note.Bind(tenant).Bind(workflowId).Bind(positions[^1]).Bind(positions.Count).Bind(text).Run();
        }
        _appended.Clear();
    }

    public void Clear() => _appended.Clear();

    /// <summary>A journal row is gone; with the last of those that a note is of, so is the note.</summary>
    public void Removed(string tenant, string workflowId, long position)
    {
        Forget(tenant, "", position);
        Forget(tenant, workflowId, position);
    }

    private void Forget(string tenant, string workflowId, long position)
    {
        if (!_noted.Bind(tenant).Bind(workflowId).Bind(position).Step())
        {
            _noted.Reset();
            return;
        }
        var (note, live) = (_noted.Long(0), _noted.Long(1));
        _noted.Reset();
        if (live > 1)
            _count.Bind(live - 1).Bind(tenant).Bind(workflowId).Bind(note).Run();
        else
            _forget.Bind(tenant).Bind(workflowId).Bind(note).Run();
    }

    private List<long> Of(string tenant, string workflowId)
    {
        ref var positions = ref CollectionsMarshal.GetValueRefOrAddDefault(_appended, (tenant, workflowId), out _);
        return positions ??= [];
    }
}

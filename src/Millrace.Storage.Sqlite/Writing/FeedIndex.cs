using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Millrace.Storage.Sqlite.Connections;

namespace Millrace.Storage.Sqlite.Writing;

/// <summary>
/// Notes whose journal rows are where in the order of commits, so that following one tenant never walks over those of others. Notes are gathered
/// over many commits and written together, so that a commit costs nothing for it. Readers look at the few rows behind the last notes themselves;
/// opening the store, and undoing a transaction, gathers them again.
/// </summary>
internal sealed class FeedIndex
{
    /// <summary>How many journal rows may be without a note when a commit ends.</summary>
    public const int MaxPending = 256;

    // A row of the feed that is larger than a quarter of a page (4 KB) has pages of its own, which it then mostly leaves empty.
    private const int MaxNoted = 96;

    private readonly Statement _pendingRows;
    private readonly Statement _readNotedTo;
    private readonly Statement _writeNotedTo;
    private readonly Statement _note;
    private readonly Statement _noted;
    private readonly Statement _count;
    private readonly Statement _forget;

    private readonly Dictionary<(string Tenant, string WorkflowId), List<long>> _pending = [];
    private int _pendingCount;
    private long _notedTo;
    private long _last;

    public FeedIndex(Connection connection)
    {
        _pendingRows = connection.Prepare("""
            select j.position, e.tenant, e.workflow_id
              from journal j cross join executions e on e.id = j.execution_id
             where j.position > ? order by j.position
            """);
        _readNotedTo = connection.Prepare("select value from meta where name = 'feed_noted_to'");
        _writeNotedTo = connection.Prepare("update meta set value = ? where name = 'feed_noted_to'");
        _note = connection.Prepare("insert into feed (tenant, workflow_id, position, live, positions) values (?, ?, ?, ?, ?)");
        _noted = connection.Prepare(
            "select position, live from feed where tenant = ? and workflow_id = ? and position >= ? order by position limit 1");
        _count = connection.Prepare("update feed set live = ? where tenant = ? and workflow_id = ? and position = ?");
        _forget = connection.Prepare("delete from feed where tenant = ? and workflow_id = ? and position = ?");
        Load();
    }

    /// <summary>Gathers what has no note yet; also after a transaction was undone, which may have written some.</summary>
    public void Load()
    {
        Clear();
        _notedTo = _readNotedTo.Step() ? _readNotedTo.Long(0) : 0;
        _readNotedTo.Reset();
        _pendingRows.Bind(_notedTo);
        while (_pendingRows.Step())
            Appended(_pendingRows.Text(1), _pendingRows.Text(2), _pendingRows.Long(0));
    }

    /// <summary>A journal row was appended.</summary>
    public void Appended(string tenant, string workflowId, long position)
    {
        Of(tenant, "").Add(position);
        Of(tenant, workflowId).Add(position);
        _pendingCount++;
        _last = position;
    }

    /// <summary>Writes the notes once there are enough of them.</summary>
    public void Flush()
    {
        if (_pendingCount < MaxPending)
            return;
        foreach (var ((tenant, workflowId), positions) in _pending)
        {
            for (var start = 0; start < positions.Count; start += MaxNoted)
                Note(tenant, workflowId, CollectionsMarshal.AsSpan(positions)[start..Math.Min(start + MaxNoted, positions.Count)]);
        }
        _writeNotedTo.Bind(_last).Run();
        _notedTo = _last;
        Clear();
    }

    /// <summary>A journal row is gone; with the last of those that a note is of, so is the note.</summary>
    public void Removed(string tenant, string workflowId, long position)
    {
        if (position > _notedTo)
        {
            Of(tenant, "").Remove(position);
            Of(tenant, workflowId).Remove(position);
            return;
        }
        Forget(tenant, "", position);
        Forget(tenant, workflowId, position);
    }

    private void Note(string tenant, string workflowId, ReadOnlySpan<long> positions)
    {
        var text = new StringBuilder("[");
        foreach (var position in positions)
            text.Append(CultureInfo.InvariantCulture, $"{position},");
        text[^1] = ']';
        _note.Bind(tenant).Bind(workflowId).Bind(positions[^1]).Bind(positions.Length).Bind(text.ToString()).Run();
    }

    private void Clear()
    {
        _pending.Clear();
        _pendingCount = 0;
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
        ref var positions = ref CollectionsMarshal.GetValueRefOrAddDefault(_pending, (tenant, workflowId), out _);
        return positions ??= [];
    }
}

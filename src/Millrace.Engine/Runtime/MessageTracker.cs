using System.Collections.Immutable;
using Millrace.Engine.Storage;

namespace Millrace.Engine.Runtime;

/// <summary>
/// Which inbox messages a mailbox has taken in. A message may reach it twice, told by whoever left it and read from the store; told so late that an
/// earlier mailbox of the execution has taken it in and removed it; or read so late that this one has.
/// </summary>
/// <param name="settledBefore">The messages up to this number that were not read from the inbox had been removed before.</param>
/// <remarks>
/// What it remembers is bounded. An inbox is read from its oldest message on, and the numbers of an execution's messages are in the order in which they
/// were left: where one was read, all before it have come, whoever told or removed them. Above that mark it knows those that it was told of, each of which
/// is told once; when their removal is durable, only a read that began before could still bring them.
/// </remarks>
internal sealed class MessageTracker(long settledBefore)
{
    private readonly HashSet<long> _told = [];
    private readonly List<long> _handled = [];
    private readonly List<long> _kept = [];
    // Removed by a commit, and not forgotten yet.
    private readonly List<long> _removed = [];
    private long _readUpTo = long.MinValue;

    /// <summary>Whether there are messages that the next commit is to remove.</summary>
    public bool HasHandled => _handled.Count > 0;

    /// <summary>How many messages in the inbox it has handled or keeps there.</summary>
    public int Known => _handled.Count + _kept.Count;

    /// <summary>How many messages it knows one by one.</summary>
    public int Remembered => _told.Count;

    /// <summary>Whether a message comes for the first time. To be asked in the order in which they come, once for each.</summary>
    public bool IsNew(InboxMessage message, bool isRead)
    {
        if (message.Id <= _readUpTo || (!isRead && message.Id <= settledBefore))
            return false;
        if (!isRead)
            return _told.Add(message.Id);
        _readUpTo = message.Id;
        var isNew = !_told.Contains(message.Id);
        _told.RemoveWhere(id => id <= message.Id);
        return isNew;
    }

    /// <summary>Says that a message is being handled; the next commit is to remove it.</summary>
    public void Handled(InboxMessage message) => _handled.Add(message.Id);

    /// <summary>Leaves a message that is being handled in the inbox until the execution ends.</summary>
    public void Keep(InboxMessage message)
    {
        _handled.Remove(message.Id);
        _kept.Add(message.Id);
    }

    /// <summary>The messages that the next commit removes; at the end of the execution, all.</summary>
    public ImmutableArray<long> Take(bool all)
    {
        if (_handled.Count == 0 && !(all && _kept.Count > 0))
            return [];
        ImmutableArray<long> taken = all ? [.. _handled, .. _kept] : [.. _handled];
        _removed.AddRange(taken);
        _handled.Clear();
        if (all)
            _kept.Clear();
        return taken;
    }

    /// <summary>Says that the commit is durable which removes what was taken last.</summary>
    /// <param name="isRead">Whether the inbox is being read, or what was read of it has not all come.</param>
    public void Removed(bool isRead)
    {
        if (isRead || _removed.Count == 0)
            return;
        foreach (var id in _removed)
            _told.Remove(id);
        _removed.Clear();
    }
}
